//! Pages of a list.

use serde::Deserialize;

/// One page. The vendor counts pages from 1 and caps their length as it likes.
#[derive(Deserialize)]
pub struct Page<T> {
    pub current_page: u32,
    pub data: Vec<T>,
    #[serde(default)]
    pub last_page: Option<u32>,
    #[serde(default)]
    next_page_url: Option<String>,
}

impl<T> Page<T> {
    /// The number of the next page, if there is one.
    pub fn next(&self) -> Option<u32> {
        let more = match self.last_page {
            Some(last) => self.current_page < last,
            None => self.next_page_url.is_some(),
        };
        // An empty page ends the list whatever it says, else it could be read for ever.
        (more && !self.data.is_empty()).then(|| self.current_page.saturating_add(1))
    }
}
