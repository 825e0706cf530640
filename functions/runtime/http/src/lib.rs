//! runtime/http.
