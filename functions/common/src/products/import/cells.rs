//! The values of single cells, as the format writes them: prices, quantities, weights, truths, addresses.

use super::columns::{Column, Header};
use super::csv::Row;
use crate::fields::Amount;
use crate::products::bounds::{Prose, WebAddress};
use serde::Deserialize;

/// What the workspace says about prices.
#[derive(Deserialize)]
pub struct Terms {
    /// ISO 4217; the currency of all prices in the file.
    pub currency: String,
    /// How many decimals a price has at most.
    pub decimals: usize,
}

/// Why a row is not imported.
#[derive(Debug, PartialEq, Eq)]
pub struct Issue {
    /// The column, where it is one.
    pub field: Option<&'static str>,
    /// For who made the file.
    pub reason: String,
}

impl Issue {
    /// About the row as a whole.
    pub fn row(reason: impl Into<String>) -> Self {
        Self {
            field: None,
            reason: reason.into(),
        }
    }

    /// About what the row says in `column`.
    pub fn cell(column: Column, reason: impl Into<String>) -> Self {
        Self {
            field: Some(column.name()),
            reason: reason.into(),
        }
    }
}

/// A value, or why the row is not imported.
pub type Found<T> = Result<T, Issue>;

/// One row under its header.
pub struct Cells<'a> {
    /// Where the columns are.
    pub header: &'a Header,
    /// The row.
    pub row: &'a Row,
    /// For its prices.
    pub terms: &'a Terms,
}

impl<'a> Cells<'a> {
    /// What stands in `column`, trimmed; none where that is nothing.
    pub fn cell(&self, column: Column) -> Option<&'a str> {
        self.header.cell(self.row, column)
    }

    pub(super) fn text<const MAX: usize>(&self, column: Column) -> Found<Option<&'a str>> {
        self.bounded::<MAX>(column, self.cell(column))
    }

    pub(super) fn bounded<const MAX: usize>(
        &self,
        column: Column,
        text: Option<&'a str>,
    ) -> Found<Option<&'a str>> {
        if let Some(text) = text {
            Prose::<MAX>::parse(text.to_owned()).map_err(|reason| Issue::cell(column, reason))?;
        }
        Ok(text)
    }

    pub(super) fn price(&self, column: Column) -> Found<Option<&'a str>> {
        let Some(text) = self.cell(column) else {
            return Ok(None);
        };
        Amount::parse(text).map_err(|reason| Issue::cell(column, reason))?;
        let fraction = text.split_once('.').map_or("", |(_, fraction)| fraction);
        let Terms { currency, decimals } = self.terms;
        if fraction.trim_end_matches('0').len() > *decimals {
            return Err(Issue::cell(
                column,
                format!("{currency} has at most {decimals} decimals"),
            ));
        }
        Ok(Some(text))
    }

    pub(super) fn quantity(&self, column: Column) -> Found<Option<u32>> {
        let parse = |text: &str| {
            let digits = text.bytes().all(|byte| byte.is_ascii_digit());
            text.parse()
                .ok()
                .filter(|number| digits && *number <= 1_000_000_000)
        };
        self.cell(column)
            .map(|text| {
                parse(text).ok_or_else(|| {
                    Issue::cell(column, "must be a whole number from 0 to 1000000000")
                })
            })
            .transpose()
    }

    /// Grams may have decimals in the format; they are rounded to the nearest whole one.
    pub(super) fn grams(&self) -> Found<Option<u32>> {
        let Some(text) = self.cell(Column::Grams) else {
            return Ok(None);
        };
        let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
        let digits =
            |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        let up = fraction.starts_with(['5', '6', '7', '8', '9']);
        (digits(whole) && digits(fraction))
            .then(|| whole.parse::<u32>().ok())
            .flatten()
            .filter(|grams| *grams < 1_000_000_000)
            .map(|grams| Some(grams + u32::from(up)))
            .ok_or_else(|| Issue::cell(Column::Grams, "must be a number from 0 to 1000000000"))
    }

    pub(super) fn position(&self) -> Found<Option<u16>> {
        self.cell(Column::ImagePosition)
            .map(|text| {
                text.parse().map_err(|_| {
                    Issue::cell(
                        Column::ImagePosition,
                        "must be a whole number from 0 to 65535",
                    )
                })
            })
            .transpose()
    }

    pub(super) fn policy(&self) -> Found<Option<&'static str>> {
        match self
            .cell(Column::Policy)
            .map(str::to_ascii_lowercase)
            .as_deref()
        {
            None => Ok(None),
            Some("deny") => Ok(Some("deny")),
            Some("continue") => Ok(Some("continue")),
            Some(_) => Err(Issue::cell(Column::Policy, "must be deny or continue")),
        }
    }

    pub(super) fn truth(&self, column: Column) -> Found<Option<bool>> {
        match self.cell(column).map(str::to_ascii_lowercase).as_deref() {
            None => Ok(None),
            Some("true") => Ok(Some(true)),
            Some("false") => Ok(Some(false)),
            Some(_) => Err(Issue::cell(column, "must be true or false")),
        }
    }

    pub(super) fn address(&self, column: Column) -> Found<Option<&'a str>> {
        let Some(text) = self.cell(column) else {
            return Ok(None);
        };
        match WebAddress::parse(text) {
            Ok(_) => Ok(Some(text)),
            Err(reason) => Err(Issue::cell(column, reason)),
        }
    }
}
