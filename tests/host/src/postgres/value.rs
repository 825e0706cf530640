//! Columns and values: Postgres' answers as the interface has them.

use anyhow::Result;
use chrono::{Datelike, NaiveDate, NaiveDateTime, NaiveTime, Timelike};
use postgres_range::Range;
use rust_decimal::Decimal;
use tokio_postgres::Row;
use tokio_postgres::types::{FromSql, Type};
use uuid::Uuid;

use super::range::{self, DecimalBound};
use crate::bindings::spin::spin::postgres::postgres::{Column, DbDataType, DbValue, Interval};

type BoxedError = Box<dyn std::error::Error + Sync + Send>;

/// The columns of a row.
pub(super) fn columns(row: &Row) -> Vec<Column> {
    let column = |column: &tokio_postgres::Column| Column {
        name: column.name().to_owned(),
        data_type: data_type(column.type_()),
    };
    row.columns().iter().map(column).collect()
}

/// The values of a row.
///
/// # Errors
/// When a value has no counterpart in the interface, such as an infinite date.
pub(super) fn values(row: &Row) -> Result<Vec<DbValue>> {
    let columns = row.columns().iter().enumerate();
    columns
        .map(|(index, column)| value(row, index, column.type_()))
        .collect()
}

fn data_type(ty: &Type) -> DbDataType {
    match *ty {
        Type::BOOL => DbDataType::Boolean,
        Type::BYTEA => DbDataType::Binary,
        Type::FLOAT4 => DbDataType::Floating32,
        Type::FLOAT8 => DbDataType::Floating64,
        Type::INT2 => DbDataType::Int16,
        Type::INT4 => DbDataType::Int32,
        Type::INT8 => DbDataType::Int64,
        Type::TEXT | Type::VARCHAR | Type::BPCHAR => DbDataType::Str,
        Type::TIMESTAMP | Type::TIMESTAMPTZ => DbDataType::Datetime,
        Type::DATE => DbDataType::Date,
        Type::TIME => DbDataType::Time,
        Type::UUID => DbDataType::Uuid,
        Type::JSONB => DbDataType::Jsonb,
        Type::NUMERIC => DbDataType::Decimal,
        Type::INT4_RANGE => DbDataType::RangeInt32,
        Type::INT8_RANGE => DbDataType::RangeInt64,
        Type::NUM_RANGE => DbDataType::RangeDecimal,
        Type::INT4_ARRAY => DbDataType::ArrayInt32,
        Type::INT8_ARRAY => DbDataType::ArrayInt64,
        Type::NUMERIC_ARRAY => DbDataType::ArrayDecimal,
        Type::TEXT_ARRAY | Type::VARCHAR_ARRAY | Type::BPCHAR_ARRAY => DbDataType::ArrayStr,
        Type::INTERVAL => DbDataType::Interval,
        _ => DbDataType::Other(ty.name().to_owned()),
    }
}

fn value(row: &Row, index: usize, ty: &Type) -> Result<DbValue> {
    match *ty {
        Type::BOOL => read(row, index, DbValue::Boolean),
        Type::BYTEA => read(row, index, DbValue::Binary),
        Type::FLOAT4 => read(row, index, DbValue::Floating32),
        Type::FLOAT8 => read(row, index, DbValue::Floating64),
        Type::INT2 => read(row, index, DbValue::Int16),
        Type::INT4 => read(row, index, DbValue::Int32),
        Type::INT8 => read(row, index, DbValue::Int64),
        Type::TEXT | Type::VARCHAR | Type::BPCHAR => read(row, index, DbValue::Str),
        // As Spin does it: the driver reads no timestamptz as a date without a zone, so that a
        // column of that type fails. Functions select it as text.
        Type::TIMESTAMP | Type::TIMESTAMPTZ => read(row, index, datetime),
        Type::DATE => read(row, index, |date: NaiveDate| DbValue::Date(ymd(date))),
        Type::TIME => read(row, index, |time: NaiveTime| DbValue::Time(hms(time))),
        Type::UUID => read(row, index, |uuid: Uuid| DbValue::Uuid(uuid.to_string())),
        Type::JSONB => read(row, index, |Jsonb(text)| DbValue::Jsonb(text)),
        Type::NUMERIC => read(row, index, |number: Decimal| {
            DbValue::Decimal(number.to_string())
        }),
        Type::INTERVAL => read(row, index, |IntervalValue(interval)| {
            DbValue::Interval(interval)
        }),
        Type::INT4_RANGE => read(row, index, |range: Range<i32>| {
            DbValue::RangeInt32(range::from_driver(&range, |bound| *bound))
        }),
        Type::INT8_RANGE => read(row, index, |range: Range<i64>| {
            DbValue::RangeInt64(range::from_driver(&range, |bound| *bound))
        }),
        Type::NUM_RANGE => read(row, index, |range: Range<DecimalBound>| {
            DbValue::RangeDecimal(range::from_driver(&range, |bound| bound.0.to_string()))
        }),
        Type::INT4_ARRAY => read(row, index, DbValue::ArrayInt32),
        Type::INT8_ARRAY => read(row, index, DbValue::ArrayInt64),
        Type::NUMERIC_ARRAY => read(row, index, |numbers: Vec<Option<Decimal>>| {
            let texts = numbers
                .into_iter()
                .map(|number| number.map(|number| number.to_string()));
            DbValue::ArrayDecimal(texts.collect())
        }),
        Type::TEXT_ARRAY | Type::VARCHAR_ARRAY | Type::BPCHAR_ARRAY => {
            read(row, index, DbValue::ArrayStr)
        }
        _ => read(row, index, |Raw(bytes)| DbValue::Unsupported(bytes)),
    }
}

fn read<'a, T: FromSql<'a>>(
    row: &'a Row,
    index: usize,
    make: impl Fn(T) -> DbValue,
) -> Result<DbValue> {
    let value: Option<T> = row.try_get(index)?;
    Ok(value.map_or(DbValue::DbNull, make))
}

/// Months, days, hours, minutes and seconds fit a byte by chrono's own word.
#[allow(
    clippy::cast_possible_truncation,
    reason = "calendar fields are below 256"
)]
fn ymd(date: NaiveDate) -> (i32, u8, u8) {
    (date.year(), date.month() as u8, date.day() as u8)
}

#[allow(
    clippy::cast_possible_truncation,
    reason = "clock fields are below 256"
)]
fn hms(time: NaiveTime) -> (u8, u8, u8, u32) {
    (
        time.hour() as u8,
        time.minute() as u8,
        time.second() as u8,
        time.nanosecond(),
    )
}

fn datetime(at: NaiveDateTime) -> DbValue {
    let (year, month, day) = ymd(at.date());
    let (hour, minute, second, nanosecond) = hms(at.time());
    DbValue::Datetime((year, month, day, hour, minute, second, nanosecond))
}

/// A jsonb value as its text.
struct Jsonb(Vec<u8>);

impl<'a> FromSql<'a> for Jsonb {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, BoxedError> {
        match raw.split_first() {
            Some((1, text)) => Ok(Self(text.to_owned())),
            _ => Err("unknown version of jsonb's binary format".into()),
        }
    }

    fn accepts(ty: &Type) -> bool {
        *ty == Type::JSONB
    }
}

struct IntervalValue(Interval);

impl<'a> FromSql<'a> for IntervalValue {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, BoxedError> {
        let (micros, rest) = raw.split_first_chunk().ok_or("an interval is too short")?;
        let (days, rest) = rest.split_first_chunk().ok_or("an interval is too short")?;
        let (months, _) = rest.split_first_chunk().ok_or("an interval is too short")?;
        Ok(Self(Interval {
            micros: i64::from_be_bytes(*micros),
            days: i32::from_be_bytes(*days),
            months: i32::from_be_bytes(*months),
        }))
    }

    fn accepts(ty: &Type) -> bool {
        *ty == Type::INTERVAL
    }
}

/// Any other value, in Postgres' binary format.
struct Raw(Vec<u8>);

impl<'a> FromSql<'a> for Raw {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, BoxedError> {
        Ok(Self(raw.to_owned()))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}
