//! What the list is narrowed down by, and how text is compared: capitals and accents do not matter. Pure.

/// The search's words and the visibility. The tab is not part of it, so that each tab can say how many it has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    words: Vec<String>,
    /// Glance's word; empty for any.
    visibility: String,
}

impl Filter {
    pub fn new(search: &str, visibility: &str) -> Self {
        let words = fold(search).split_whitespace().map(str::to_owned).collect();
        Self { words, visibility: visibility.to_owned() }
    }
    pub fn is_open(&self) -> bool {
        self.words.is_empty() && self.visibility.is_empty()
    }
    /// Every word must be somewhere in the folded `haystack`.
    pub fn takes(&self, visibility: &str, haystack: &str) -> bool {
        (self.visibility.is_empty() || self.visibility == visibility)
            && self.words.iter().all(|word| haystack.contains(word.as_str()))
    }
}

/// Lower case without the accents of the European languages: `Montaña` and `montana` are the same.
pub fn fold(text: &str) -> String {
    let lower = text.chars().flat_map(char::to_lowercase);
    // Accents that stand alone, as some systems write them, go.
    lower.filter(|c| !('\u{300}'..='\u{36f}').contains(c)).map(base).collect()
}

fn base(c: char) -> char {
    match c {
        'à'..='å' | 'ā' | 'ă' | 'ą' => 'a',
        'ç' | 'ć' | 'ĉ' | 'ċ' | 'č' => 'c',
        'ď' | 'đ' => 'd',
        'è'..='ë' | 'ē' | 'ĕ' | 'ė' | 'ę' | 'ě' => 'e',
        'ĝ' | 'ğ' | 'ġ' | 'ģ' => 'g',
        'ì'..='ï' | 'ĩ' | 'ī' | 'ĭ' | 'į' | 'ı' => 'i',
        'ĺ' | 'ļ' | 'ľ' | 'ł' => 'l',
        'ñ' | 'ń' | 'ņ' | 'ň' => 'n',
        'ò'..='ö' | 'ø' | 'ō' | 'ŏ' | 'ő' => 'o',
        'ŕ' | 'ř' => 'r',
        'ś' | 'ŝ' | 'ş' | 'š' => 's',
        'ţ' | 'ť' => 't',
        'ù'..='ü' | 'ũ' | 'ū' | 'ŭ' | 'ů' | 'ű' | 'ų' => 'u',
        'ý' | 'ÿ' => 'y',
        'ź' | 'ż' | 'ž' => 'z',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accents_and_capitals_do_not_matter() {
        assert_eq!(fold("Montaña ÁÉÍÓÚ Çé Ž"), "montana aeiou ce z");
        assert_eq!(fold("e\u{301}"), "e");
        assert_eq!(fold("日本 → ß"), "日本 → ß");
    }

    #[test]
    fn an_open_filter_takes_everything() {
        let filter = Filter::new("  ", "");
        assert!(filter.is_open() && filter.takes("public", ""));
        assert!(!Filter::new("", "shared").takes("public", ""));
    }
}
