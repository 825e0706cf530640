//! Looks through a list for what an earlier attempt made, whose reply was lost. The vendor filters by nothing
//! that is ours and gives no order; what was made lately stands at one end of the list.

use super::pager::Page;
use super::time;
use serde::{Deserialize, Serialize};

/// Pages that are looked at: at 50 products each what an earlier attempt made is among them.
const PAGES: u32 = 20;

/// How far the search is.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Search {
    pub page: u32,
    seen: u32,
    backwards: bool,
}

/// What a page brings.
pub enum Look<T> {
    Found(T),
    Further(Search),
    Nothing,
}

/// A row of a list.
pub trait Dated {
    /// In the vendor's form.
    fn created_at(&self) -> Option<&str>;
}

impl Search {
    pub const fn begin() -> Self {
        Self {
            page: 1,
            seen: 0,
            backwards: false,
        }
    }

    /// Looks at the page that was asked for.
    pub fn look<T: Dated>(self, page: Page<T>, is_it: impl Fn(&T) -> bool) -> Look<T> {
        let next = match page.last_page {
            Some(last) if self.seen == 0 && last > 1 && is_oldest_first(&page.data) => Some(Self {
                page: last,
                seen: 1,
                backwards: true,
            }),
            _ => self.next(&page),
        };
        match (page.data.into_iter().find(is_it), next) {
            (Some(found), _) => Look::Found(found),
            (None, Some(next)) if next.seen < PAGES => Look::Further(next),
            (None, _) => Look::Nothing,
        }
    }

    fn next<T>(self, page: &Page<T>) -> Option<Self> {
        let seen = self.seen + 1;
        let page = match self.backwards {
            // The first page was seen first.
            true => self.page.checked_sub(1).filter(|page| *page > 1)?,
            false => page.next()?,
        };
        Some(Self { page, seen, ..self })
    }
}

/// Whether the rows go from old to new.
pub fn is_oldest_first<T: Dated>(rows: &[T]) -> bool {
    let at = |row: Option<&T>| time::moment(row?.created_at()?).map(|moment| moment.seconds);
    match (at(rows.first()), at(rows.last())) {
        (Some(first), Some(last)) => first < last,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[derive(Deserialize)]
    struct Row(String);

    impl Dated for Row {
        fn created_at(&self) -> Option<&str> {
            Some(&self.0)
        }
    }

    fn page(number: u32, last: u32, rows: [&str; 2]) -> Page<Row> {
        let page = json!({"current_page": number, "last_page": last, "data": rows});
        serde_json::from_value(page).unwrap()
    }

    /// The pages that a search for what is not there asks for.
    fn pages(last: u32, rows: [&str; 2]) -> Vec<u32> {
        let mut search = Search::begin();
        let mut asked = vec![1];
        while let Look::Further(next) = search.look(page(search.page, last, rows), |_| false) {
            asked.push(next.page);
            search = next;
        }
        asked
    }

    const OLD: &str = "2020-01-01 00:00:00+00:00";
    const NEW: &str = "2024-01-01 00:00:00+00:00";

    #[test]
    fn the_newest_are_looked_at_first_whatever_the_order_is() {
        assert_eq!(pages(4, [NEW, OLD]), [1, 2, 3, 4]);
        assert_eq!(pages(4, [OLD, NEW]), [1, 4, 3, 2]);
        assert_eq!(pages(1, [OLD, NEW]), [1]);
        assert_eq!(pages(2, [OLD, NEW]), [1, 2]);
    }

    #[test]
    fn a_search_ends() {
        assert_eq!(pages(1000, [NEW, OLD]).len(), 20);
        assert_eq!(pages(1000, [OLD, NEW]).len(), 20);
    }
}
