//! Amazon takes plain text where the catalogue has HTML.

/// `html` without its markup: blocks and breaks become lines, the common entities their characters.
pub fn plain(html: &str) -> String {
    let mut text = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(at) = rest.find(['<', '&']) {
        let (before, from) = rest.split_at(at);
        text.push_str(before);
        rest = match from.starts_with('<') {
            true => skip_tag(from, &mut text),
            false => decode_entity(from, &mut text),
        };
    }
    text.push_str(rest);
    let lines = text.lines().map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        words.join(" ")
    });
    let lines: Vec<String> = lines.filter(|line| !line.is_empty()).collect();
    lines.join("\n")
}

fn skip_tag<'a>(from: &'a str, text: &mut String) -> &'a str {
    let is_tag = from
        .as_bytes()
        .get(1)
        .is_some_and(|byte| byte.is_ascii_alphabetic() || b"/!".contains(byte));
    match from.split_once('>').filter(|_| is_tag) {
        Some((tag, after)) => {
            let name: String = tag
                .trim_start_matches(['<', '/'])
                .chars()
                .take_while(char::is_ascii_alphanumeric)
                .collect();
            let name = name.to_ascii_lowercase();
            if [
                "p", "br", "div", "li", "ul", "ol", "tr", "h1", "h2", "h3", "h4",
            ]
            .contains(&name.as_str())
            {
                text.push('\n');
            }
            after
        }
        None => literal(from, text),
    }
}

fn decode_entity<'a>(from: &'a str, text: &mut String) -> &'a str {
    const ENTITIES: [(&str, char); 8] = [
        ("&amp;", '&'),
        ("&lt;", '<'),
        ("&gt;", '>'),
        ("&quot;", '"'),
        ("&#39;", '\''),
        ("&apos;", '\''),
        ("&nbsp;", ' '),
        ("&#160;", ' '),
    ];
    for (entity, character) in ENTITIES {
        if let Some(after) = from.strip_prefix(entity) {
            text.push(character);
            return after;
        }
    }
    literal(from, text)
}

/// Takes the first character, which is ASCII, as it is.
fn literal<'a>(from: &'a str, text: &mut String) -> &'a str {
    let (first, after) = from.split_at(1);
    text.push_str(first);
    after
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn markup_goes_and_blocks_become_lines() {
        assert_eq!(
            plain("<p>Soft &amp; <b>warm</b></p><ul><li>1 &lt; 2</li><li>x</li></ul>"),
            "Soft & warm\n1 < 2\nx"
        );
        assert_eq!(plain("3 < 4 & 5 &unknown; <"), "3 < 4 & 5 &unknown; <");
        assert_eq!(plain(""), "");
    }
}
