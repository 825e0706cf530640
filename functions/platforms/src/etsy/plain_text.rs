//! Descriptions: ours are HTML, Etsy's are plain text.

/// `html` as plain text: paragraphs and list entries on lines of their own, entities decoded.
pub fn from_html(html: &str) -> String {
    let mut text = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(at) = rest.find(['<', '&']) {
        let (before, from) = rest.split_at(at);
        text.push_str(before);
        rest = if from.starts_with('<') {
            skip_tag(from, &mut text)
        } else {
            decode_entity(from, &mut text)
        };
    }
    text.push_str(rest);
    tidy(&text)
}

/// Leaves out the tag that `from` begins with; a lone `<` stays.
fn skip_tag<'a>(from: &'a str, text: &mut String) -> &'a str {
    let after = from.get(1..).unwrap_or_default();
    let is_tag = after.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/' || c == '!');
    let Some((tag, rest)) = after.split_once('>').filter(|_| is_tag) else {
        text.push('<');
        return after;
    };
    let name: String = tag
        .trim_start_matches('/')
        .chars()
        .take_while(char::is_ascii_alphanumeric)
        .collect::<String>()
        .to_ascii_lowercase();
    match (name.as_str(), tag.starts_with('/')) {
        ("li", false) => text.push_str("\n• "),
        ("br", _) => text.push('\n'),
        ("p" | "div" | "ul" | "ol" | "table" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6", _) => {
            text.push_str("\n\n");
        }
        ("tr", _) => text.push('\n'),
        ("script" | "style", false) => {
            let end = format!("</{name}");
            let lower = rest.to_ascii_lowercase();
            return lower.find(&end).map_or("", |at| rest.split_at(at).1);
        }
        _ => {}
    }
    rest
}

/// Decodes the entity that `from` begins with; a lone `&` stays.
fn decode_entity<'a>(from: &'a str, text: &mut String) -> &'a str {
    let after = from.get(1..).unwrap_or_default();
    let decoded = after
        .split_once(';')
        .filter(|(name, _)| name.len() <= 8)
        .and_then(|(name, rest)| Some((entity(name)?, rest)));
    match decoded {
        Some((character, rest)) => {
            text.push(character);
            rest
        }
        None => {
            text.push('&');
            after
        }
    }
}

fn entity(name: &str) -> Option<char> {
    if let Some(number) = name.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16).ok()?,
            None => number.parse().ok()?,
        };
        return char::from_u32(code).filter(|c| !c.is_control() || *c == '\n');
    }
    Some(match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => ' ',
        "copy" => '©',
        "reg" => '®',
        "trade" => '™',
        "euro" => '€',
        "ndash" => '–',
        "mdash" => '—',
        "hellip" => '…',
        "bull" => '•',
        "times" => '×',
        "deg" => '°',
        "lsquo" => '‘',
        "rsquo" => '’',
        "ldquo" => '“',
        "rdquo" => '”',
        _ => return None,
    })
}

/// Single spaces, at most one empty line in a row, nothing around it.
fn tidy(text: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    for line in text.lines() {
        let line = line.split_whitespace().collect::<Vec<_>>().join(" ");
        let doubled = line.is_empty() && lines.last().is_none_or(String::is_empty);
        if !doubled {
            lines.push(line);
        }
    }
    lines.join("\n").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::from_html;

    #[test]
    fn tags_become_lines_and_entities_characters() {
        assert_eq!(from_html("<b>Soft</b> &amp; warm"), "Soft & warm");
        assert_eq!(
            from_html("<p>One</p><p>Two<br>three</p>"),
            "One\n\nTwo\nthree"
        );
        assert_eq!(
            from_html("<ul><li>a</li><li class=\"x\">b&nbsp;c</li></ul>"),
            "• a\n• b c"
        );
        assert_eq!(from_html("5 &#8364; &#x2014; &euro;"), "5 € — €");
    }

    #[test]
    fn what_is_no_tag_stays_and_scripts_go() {
        assert_eq!(
            from_html("1 < 2 & 3 > 2 &unknown; &"),
            "1 < 2 & 3 > 2 &unknown; &"
        );
        assert_eq!(from_html("a<script>alert('<p>')</script>b"), "ab");
        assert_eq!(from_html("a<style>never closed"), "a");
        assert_eq!(from_html("<!-- x -->plain"), "plain");
        assert_eq!(from_html("a <b"), "a <b");
    }
}
