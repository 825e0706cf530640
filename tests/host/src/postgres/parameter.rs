//! Parameters: the guest's values as Postgres takes them. A value's type must be the statement's.

use anyhow::{Context, Result};
use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use postgres_range::Range;
use rust_decimal::Decimal;
use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};
use uuid::Uuid;

use super::range::{self, DecimalBound};
use crate::bindings::spin::spin::postgres::postgres::{Interval, ParameterValue};

type BoxedError = Box<dyn std::error::Error + Sync + Send>;

/// One value, checked as far as it can be without knowing the statement.
#[derive(Debug)]
pub(super) enum Parameter {
    Boolean(bool),
    Int8(i8),
    Int16(i16),
    Int32(i32),
    Int64(i64),
    Floating32(f32),
    Floating64(f64),
    Text(String),
    Binary(Vec<u8>),
    Date(NaiveDate),
    Time(NaiveTime),
    Datetime(NaiveDateTime),
    Timestamp(DateTime<Utc>),
    Uuid(Uuid),
    Json(Json),
    Decimal(Decimal),
    RangeInt32(Range<i32>),
    RangeInt64(Range<i64>),
    RangeDecimal(Range<DecimalBound>),
    ArrayInt32(Vec<Option<i32>>),
    ArrayInt64(Vec<Option<i64>>),
    ArrayDecimal(Vec<Option<Decimal>>),
    ArrayText(Vec<Option<String>>),
    Interval(IntervalParameter),
    Null(Null),
}

impl Parameter {
    /// # Errors
    /// Says what is wrong with a value that is none of its type: a date that does not exist, a
    /// malformed number, UUID or JSON.
    pub(super) fn new(value: ParameterValue) -> Result<Self> {
        Ok(match value {
            ParameterValue::Boolean(value) => Self::Boolean(value),
            ParameterValue::Int8(value) => Self::Int8(value),
            ParameterValue::Int16(value) => Self::Int16(value),
            ParameterValue::Int32(value) => Self::Int32(value),
            ParameterValue::Int64(value) => Self::Int64(value),
            ParameterValue::Floating32(value) => Self::Floating32(value),
            ParameterValue::Floating64(value) => Self::Floating64(value),
            ParameterValue::Str(value) => Self::Text(value),
            ParameterValue::Binary(value) => Self::Binary(value),
            ParameterValue::Date((year, month, day)) => Self::Date(date(year, month, day)?),
            ParameterValue::Time((h, m, s, ns)) => Self::Time(time(h, m, s, ns)?),
            ParameterValue::Datetime((year, month, day, h, m, s, ns)) => {
                Self::Datetime(date(year, month, day)?.and_time(time(h, m, s, ns)?))
            }
            ParameterValue::Timestamp(seconds) => Self::Timestamp(
                DateTime::from_timestamp(seconds, 0)
                    .with_context(|| format!("invalid epoch timestamp {seconds}"))?,
            ),
            ParameterValue::Uuid(text) => {
                Self::Uuid(Uuid::parse_str(&text).with_context(|| format!("invalid UUID {text}"))?)
            }
            ParameterValue::Jsonb(bytes) => Self::Json(Json::new(bytes)?),
            ParameterValue::Decimal(text) => Self::Decimal(decimal(&text)?),
            ParameterValue::RangeInt32(range) => {
                Self::RangeInt32(range::to_driver(&range, |bound| anyhow::Ok(*bound))?)
            }
            ParameterValue::RangeInt64(range) => {
                Self::RangeInt64(range::to_driver(&range, |bound| anyhow::Ok(*bound))?)
            }
            ParameterValue::RangeDecimal(range) => {
                Self::RangeDecimal(range::to_driver(&range, |bound| {
                    decimal(bound).map(DecimalBound)
                })?)
            }
            ParameterValue::ArrayInt32(values) => Self::ArrayInt32(values),
            ParameterValue::ArrayInt64(values) => Self::ArrayInt64(values),
            ParameterValue::ArrayDecimal(values) => Self::ArrayDecimal(
                values
                    .iter()
                    .map(|value| value.as_deref().map(decimal).transpose())
                    .collect::<Result<_>>()?,
            ),
            ParameterValue::ArrayStr(values) => Self::ArrayText(values),
            ParameterValue::Interval(interval) => Self::Interval(IntervalParameter(interval)),
            ParameterValue::DbNull => Self::Null(Null),
        })
    }

    fn value(&self) -> &(dyn ToSql + Sync) {
        match self {
            Self::Boolean(value) => value,
            Self::Int8(value) => value,
            Self::Int16(value) => value,
            Self::Int32(value) => value,
            Self::Int64(value) => value,
            Self::Floating32(value) => value,
            Self::Floating64(value) => value,
            Self::Text(value) => value,
            Self::Binary(value) => value,
            Self::Date(value) => value,
            Self::Time(value) => value,
            Self::Datetime(value) => value,
            Self::Timestamp(value) => value,
            Self::Uuid(value) => value,
            Self::Json(value) => value,
            Self::Decimal(value) => value,
            Self::RangeInt32(value) => value,
            Self::RangeInt64(value) => value,
            Self::RangeDecimal(value) => value,
            Self::ArrayInt32(value) => value,
            Self::ArrayInt64(value) => value,
            Self::ArrayDecimal(value) => value,
            Self::ArrayText(value) => value,
            Self::Interval(value) => value,
            Self::Null(value) => value,
        }
    }
}

impl ToSql for Parameter {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, BoxedError> {
        self.to_sql_checked(ty, out)
    }

    /// Only the value knows: [`ToSql::to_sql_checked`] asks it.
    fn accepts(_: &Type) -> bool {
        true
    }

    fn to_sql_checked(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, BoxedError> {
        self.value().to_sql_checked(ty, out)
    }
}

/// A null of whatever type the statement has there.
#[derive(Debug)]
pub(super) struct Null;

impl ToSql for Null {
    fn to_sql(&self, _: &Type, _: &mut BytesMut) -> Result<IsNull, BoxedError> {
        Ok(IsNull::Yes)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

/// A JSON text, known to be well-formed, passed on as it is.
#[derive(Debug)]
pub(super) struct Json(Vec<u8>);

impl Json {
    fn new(bytes: Vec<u8>) -> Result<Self> {
        serde_json::from_slice::<serde::de::IgnoredAny>(&bytes)
            .with_context(|| format!("invalid JSON {}", String::from_utf8_lossy(&bytes)))?;
        Ok(Self(bytes))
    }
}

impl ToSql for Json {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, BoxedError> {
        if *ty == Type::JSONB {
            // The version of jsonb's binary format.
            out.extend_from_slice(&[1]);
        }
        out.extend_from_slice(&self.0);
        Ok(IsNull::No)
    }

    fn accepts(ty: &Type) -> bool {
        *ty == Type::JSON || *ty == Type::JSONB
    }

    to_sql_checked!();
}

/// An interval in Postgres' binary format.
#[derive(Debug)]
pub(super) struct IntervalParameter(Interval);

impl ToSql for IntervalParameter {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, BoxedError> {
        out.extend_from_slice(&self.0.micros.to_be_bytes());
        out.extend_from_slice(&self.0.days.to_be_bytes());
        out.extend_from_slice(&self.0.months.to_be_bytes());
        Ok(IsNull::No)
    }

    fn accepts(ty: &Type) -> bool {
        *ty == Type::INTERVAL
    }

    to_sql_checked!();
}

fn date(year: i32, month: u8, day: u8) -> Result<NaiveDate> {
    NaiveDate::from_ymd_opt(year, month.into(), day.into())
        .with_context(|| format!("invalid date y={year}, m={month}, d={day}"))
}

fn time(hour: u8, minute: u8, second: u8, nanosecond: u32) -> Result<NaiveTime> {
    NaiveTime::from_hms_nano_opt(hour.into(), minute.into(), second.into(), nanosecond)
        .with_context(|| format!("invalid time {hour}:{minute}:{second}:{nanosecond}"))
}

fn decimal(text: &str) -> Result<Decimal> {
    Decimal::from_str_exact(text).with_context(|| format!("invalid decimal {text}"))
}
