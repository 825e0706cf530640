//! Reading a parameter's text from left to right.

/// The text that is still to be read.
pub(super) struct Cursor<'t> {
    rest: &'t str,
}

impl<'t> Cursor<'t> {
    pub(super) const fn new(text: &'t str) -> Self {
        Self { rest: text }
    }

    pub(super) const fn is_at_end(&self) -> bool {
        self.rest.is_empty()
    }

    /// Whether `token` is next; if so it is read.
    pub(super) fn eat(&mut self, token: &str) -> bool {
        match self.rest.strip_prefix(token) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    /// Whether `token` is next and `follower` right after it; if so the token is read.
    pub(super) fn eat_before(&mut self, token: &str, follower: char) -> bool {
        match self.rest.strip_prefix(token) {
            Some(rest) if rest.starts_with(follower) => {
                self.rest = rest;
                true
            }
            _ => false,
        }
    }

    /// All that is left.
    pub(super) const fn all(&mut self) -> &'t str {
        let all = self.rest;
        self.rest = "";
        all
    }

    /// What stands before the first of `stops` or the end; the stop itself is not read.
    pub(super) fn until(&mut self, stops: &[char]) -> &'t str {
        let (before, rest) = match self.rest.find(stops) {
            Some(place) => self.rest.split_at(place),
            None => (self.rest, ""),
        };
        self.rest = rest;
        before
    }

    /// The part before the next `.`, which is read too. None when there is no `.`; nothing is read then.
    pub(super) fn word(&mut self) -> Option<&'t str> {
        let (word, rest) = self.rest.split_once('.')?;
        self.rest = rest;
        Some(word)
    }

    /// One value of several: in double quotes (`\` before a character that means itself), or bare up to
    /// `,` or `end`. Text that only begins like a quoted value is a bare one.
    pub(super) fn element(&mut self, end: char) -> String {
        match quoted(self.rest, end) {
            Some((value, rest)) => {
                self.rest = rest;
                value
            }
            None => self.until(&[',', end]).to_owned(),
        }
    }
}

/// The quoted value at the start of `text` and what follows it, if that is `,`, `end` or nothing.
fn quoted(text: &str, end: char) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut rest = text.strip_prefix('"')?.chars();
    loop {
        match rest.next()? {
            '"' => break,
            '\\' => value.push(rest.next()?),
            other => value.push(other),
        }
    }
    let rest = rest.as_str();
    let closed = rest.is_empty() || rest.starts_with([',', end]);
    closed.then_some((value, rest))
}
