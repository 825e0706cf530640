//! Carriers by the codes that shipment confirmations take.

/// Codes as Amazon writes them; any other carrier is `Other` and has to be named.
static CODES: [&str; 41] = [
    "4PX",
    "Australia Post",
    "BRT",
    "Canada Post",
    "China Post",
    "Chronopost",
    "Colissimo",
    "Correos",
    "DHL",
    "DHL eCommerce",
    "DHL Express",
    "DPD",
    "Deutsche Post",
    "Estes",
    "Fastway",
    "FedEx",
    "FedEx SmartPost",
    "GLS",
    "InPost",
    "JP_EXPRESS",
    "La Poste",
    "LaserShip",
    "MRW",
    "Newgistics",
    "NipponExpress",
    "OnTrac",
    "Parcelforce",
    "PostNL",
    "PostNord",
    "Poste Italiane",
    "Purolator",
    "Royal Mail",
    "SEUR",
    "SF Express",
    "SagawaExpress",
    "TNT",
    "UPS",
    "UPS Mail Innovations",
    "USPS",
    "YamatoTransport",
    "Yodel",
];

/// The carrier code for what people call `company`, and the name that goes with `Other`.
pub fn code(company: &str) -> (&'static str, Option<&str>) {
    let company = company.trim();
    let known = CODES.iter().find(|code| code.eq_ignore_ascii_case(company));
    match known {
        Some(code) => (code, None),
        None => ("Other", Some(company)),
    }
}

#[cfg(test)]
mod tests {
    use super::code;

    #[test]
    fn a_carrier_is_known_however_it_is_written_and_others_are_named() {
        assert_eq!(code("ups"), ("UPS", None));
        assert_eq!(code(" FEDEX "), ("FedEx", None));
        assert_eq!(code("Bob's Bikes"), ("Other", Some("Bob's Bikes")));
    }
}
