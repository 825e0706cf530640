//! Amazon's stores: <https://developer-docs.amazon.com/sp-api/docs/marketplace-ids>.

/// One of Amazon's stores.
#[derive(Debug, PartialEq, Eq)]
pub struct Market {
    /// What requests call it.
    pub id: &'static str,
    /// Which address serves it: `na`, `eu`, `fe`.
    pub region: &'static str,
    /// What its texts are written in unless they say otherwise.
    pub language: &'static str,
    /// ISO 4217; prices in another one are refused.
    pub currency: &'static str,
    /// Where its sellers let applications in.
    pub seller_central: &'static str,
}

const fn market(
    id: &'static str,
    region: &'static str,
    language: &'static str,
    currency: &'static str,
    seller_central: &'static str,
) -> Market {
    Market {
        id,
        region,
        language,
        currency,
        seller_central,
    }
}

const EUROPE: &str = "sellercentral-europe.amazon.com";

#[rustfmt::skip]
static ALL: [Market; 23] = [
    market("ATVPDKIKX0DER", "na", "en_US", "USD", "sellercentral.amazon.com"),
    market("A2EUQ1WTGCTBG2", "na", "en_CA", "CAD", "sellercentral.amazon.ca"),
    market("A1AM78C64UM0Y8", "na", "es_MX", "MXN", "sellercentral.amazon.com.mx"),
    market("A2Q3Y263D00KWC", "na", "pt_BR", "BRL", "sellercentral.amazon.com.br"),
    market("A28R8C7NBKEWEA", "eu", "en_IE", "EUR", "sellercentral.amazon.ie"),
    market("A1RKKUPIHCS9HS", "eu", "es_ES", "EUR", EUROPE),
    market("A1F83G8C2ARO7P", "eu", "en_GB", "GBP", EUROPE),
    market("A13V1IB3VIYZZH", "eu", "fr_FR", "EUR", EUROPE),
    market("AMEN7PMS3EDWL", "eu", "fr_BE", "EUR", "sellercentral.amazon.com.be"),
    market("A1805IZSGTT6HS", "eu", "nl_NL", "EUR", "sellercentral.amazon.nl"),
    market("A1PA6795UKMFR9", "eu", "de_DE", "EUR", EUROPE),
    market("APJ6JRA9NG5V4", "eu", "it_IT", "EUR", EUROPE),
    market("A2NODRKZP88ZB9", "eu", "sv_SE", "SEK", "sellercentral.amazon.se"),
    market("AE08WJ6YKNBMC", "eu", "en_ZA", "ZAR", "sellercentral.amazon.co.za"),
    market("A1C3SOZRARQ6R3", "eu", "pl_PL", "PLN", "sellercentral.amazon.pl"),
    market("ARBP9OOSHTCHU", "eu", "ar_AE", "EGP", "sellercentral.amazon.eg"),
    market("A33AVAJ2PDY3EV", "eu", "tr_TR", "TRY", "sellercentral.amazon.com.tr"),
    market("A17E79C6D8DWNP", "eu", "ar_AE", "SAR", "sellercentral.amazon.sa"),
    market("A2VIGQ35RCS4UG", "eu", "ar_AE", "AED", "sellercentral.amazon.ae"),
    market("A21TJRUUN4KGV", "eu", "en_IN", "INR", "sellercentral.amazon.in"),
    market("A19VAU5U5O7RUS", "fe", "en_SG", "SGD", "sellercentral.amazon.sg"),
    market("A39IBJ37TRP1C6", "fe", "en_AU", "AUD", "sellercentral.amazon.com.au"),
    market("A1VC38T7YXB528", "fe", "ja_JP", "JPY", "sellercentral.amazon.co.jp"),
];

/// The store that `id` names; Amazon opens new ones, so an unknown id is no mistake by itself.
pub fn find(id: &str) -> Option<&'static Market> {
    ALL.iter().find(|market| market.id == id)
}
