//! Ranges between the interface's tuples and the driver's type.

use postgres_range::{BoundSided, BoundType, Normalizable, Range, RangeBound};
use rust_decimal::Decimal;
use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};

use crate::bindings::spin::spin::postgres::postgres::RangeBoundKind;

type BoxedError = Box<dyn std::error::Error + Sync + Send>;

/// A range as the interface has it: lower and upper bound, none where it is open.
pub(super) type WitRange<T> = (Option<(T, RangeBoundKind)>, Option<(T, RangeBoundKind)>);

/// A decimal that may bound a range.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub(super) struct DecimalBound(pub(super) Decimal);

impl Normalizable for DecimalBound {
    /// Decimals are dense: every bound is already as Postgres writes it.
    fn normalize<S: BoundSided>(bound: RangeBound<S, Self>) -> RangeBound<S, Self> {
        bound
    }
}

impl<'a> FromSql<'a> for DecimalBound {
    fn from_sql(ty: &Type, raw: &'a [u8]) -> Result<Self, BoxedError> {
        Decimal::from_sql(ty, raw).map(Self)
    }

    fn accepts(ty: &Type) -> bool {
        <Decimal as FromSql>::accepts(ty)
    }
}

impl ToSql for DecimalBound {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, BoxedError> {
        self.0.to_sql(ty, out)
    }

    fn accepts(ty: &Type) -> bool {
        <Decimal as ToSql>::accepts(ty)
    }

    to_sql_checked!();
}

/// The interface's range as the driver's, each bound's value through `convert`.
pub(super) fn to_driver<V, T, E>(
    (lower, upper): &WitRange<V>,
    convert: impl Fn(&V) -> Result<T, E>,
) -> Result<Range<T>, E>
where
    T: Normalizable + PartialOrd,
{
    let lower = lower
        .as_ref()
        .map(|(v, kind)| Ok(RangeBound::new(convert(v)?, bound_type(*kind))));
    let upper = upper
        .as_ref()
        .map(|(v, kind)| Ok(RangeBound::new(convert(v)?, bound_type(*kind))));
    Ok(Range::new(lower.transpose()?, upper.transpose()?))
}

/// The driver's range as the interface's, each bound's value through `convert`.
pub(super) fn from_driver<T, V>(range: &Range<T>, convert: impl Fn(&T) -> V) -> WitRange<V>
where
    T: Normalizable + PartialOrd,
{
    let lower = range
        .lower()
        .map(|bound| (convert(&bound.value), bound_kind(bound.type_)));
    let upper = range
        .upper()
        .map(|bound| (convert(&bound.value), bound_kind(bound.type_)));
    (lower, upper)
}

fn bound_type(kind: RangeBoundKind) -> BoundType {
    match kind {
        RangeBoundKind::Inclusive => BoundType::Inclusive,
        RangeBoundKind::Exclusive => BoundType::Exclusive,
    }
}

fn bound_kind(bound: BoundType) -> RangeBoundKind {
    match bound {
        BoundType::Inclusive => RangeBoundKind::Inclusive,
        BoundType::Exclusive => RangeBoundKind::Exclusive,
    }
}
