//! Just enough JSON to read what cargo prints.

use std::iter::Peekable;
use std::str::Chars;

/// A JSON value. Numbers stay text: nothing here counts with them.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Json {
    /// `null`, `true`, `false` or a number, as written.
    Bare(String),
    Text(String),
    List(Vec<Json>),
    Object(Vec<(String, Json)>),
}

impl Json {
    /// The value in `text`.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut parser = Parser {
            rest: text.chars().peekable(),
        };
        let value = parser.value()?;
        parser.skip_blanks();
        match parser.rest.next() {
            None => Ok(value),
            Some(found) => Err(format!("JSON: `{found}` behind the value")),
        }
    }

    /// The member `key` of an object.
    pub(crate) fn get(&self, key: &str) -> Option<&Json> {
        match self {
            Self::Object(members) => members.iter().find(|(name, _)| name == key).map(|(_, v)| v),
            _ => None,
        }
    }

    /// The text member `key` of an object.
    pub(crate) fn text(&self, key: &str) -> Option<&str> {
        match self.get(key)? {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The items of the list `key` of an object; none if there is no such list.
    pub(crate) fn list(&self, key: &str) -> &[Json] {
        match self.get(key) {
            Some(Self::List(items)) => items,
            _ => &[],
        }
    }
}

struct Parser<'a> {
    rest: Peekable<Chars<'a>>,
}

impl Parser<'_> {
    fn value(&mut self) -> Result<Json, String> {
        self.skip_blanks();
        match self.rest.peek() {
            Some('{') => self.sequence('{', '}', Self::member).map(Json::Object),
            Some('[') => self.sequence('[', ']', Self::value).map(Json::List),
            Some('"') => self.string().map(Json::Text),
            _ => self.bare(),
        }
    }

    fn member(&mut self) -> Result<(String, Json), String> {
        self.skip_blanks();
        let key = self.string()?;
        self.expect(':')?;
        Ok((key, self.value()?))
    }

    /// Items between `open` and `close`, separated by commas.
    fn sequence<T>(
        &mut self,
        open: char,
        close: char,
        item: fn(&mut Self) -> Result<T, String>,
    ) -> Result<Vec<T>, String> {
        let mut items = Vec::new();
        self.expect(open)?;
        self.skip_blanks();
        if self.rest.next_if_eq(&close).is_some() {
            return Ok(items);
        }
        loop {
            items.push(item(self)?);
            self.skip_blanks();
            if self.rest.next_if_eq(&close).is_some() {
                return Ok(items);
            }
            self.expect(',')?;
        }
    }

    fn string(&mut self) -> Result<String, String> {
        self.expect('"')?;
        let mut text = String::new();
        loop {
            match self.rest.next() {
                Some('"') => return Ok(text),
                Some('\\') => text.push(self.escaped()?),
                Some(char) => text.push(char),
                None => return Err("JSON: a string without its end".to_owned()),
            }
        }
    }

    fn escaped(&mut self) -> Result<char, String> {
        match self.rest.next() {
            Some('n') => Ok('\n'),
            Some('r') => Ok('\r'),
            Some('t') => Ok('\t'),
            Some('b') => Ok('\u{8}'),
            Some('f') => Ok('\u{c}'),
            Some(char @ ('"' | '\\' | '/')) => Ok(char),
            Some('u') => {
                let digits: String = self.rest.by_ref().take(4).collect();
                let code = u32::from_str_radix(&digits, 16);
                // Halves of a surrogate pair stand in descriptions, which nothing here reads.
                let char = code.map(|code| char::from_u32(code).unwrap_or('\u{fffd}'));
                char.map_err(|_| format!("JSON: no character `\\u{digits}`"))
            }
            other => Err(format!("JSON: unknown escape {other:?}")),
        }
    }

    fn bare(&mut self) -> Result<Json, String> {
        let mut word = String::new();
        let belongs = |char: &char| char.is_ascii_alphanumeric() || "+-.".contains(*char);
        while let Some(char) = self.rest.next_if(belongs) {
            word.push(char);
        }
        if word.is_empty() {
            return Err(format!(
                "JSON: a value expected, found {:?}",
                self.rest.peek()
            ));
        }
        Ok(Json::Bare(word))
    }

    fn expect(&mut self, wanted: char) -> Result<(), String> {
        self.skip_blanks();
        match self.rest.next() {
            Some(found) if found == wanted => Ok(()),
            found => Err(format!("JSON: `{wanted}` expected, found {found:?}")),
        }
    }

    fn skip_blanks(&mut self) {
        while self.rest.next_if(char::is_ascii_whitespace).is_some() {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_cargo_writes() {
        let json = Json::parse(r#"{"a": [{"b": "x\"\u00e9\n"}, -1.5e3, null], "c": {}, "d": []}"#);
        let json = json.unwrap();
        assert_eq!(json.list("a")[0].text("b"), Some("x\"é\n"));
        assert_eq!(json.list("a")[2], Json::Bare("null".to_owned()));
        assert_eq!(json.text("c"), None);
        assert!(json.list("d").is_empty());
        assert!(json.list("e").is_empty());
    }

    #[test]
    fn refuses_what_is_cut_off() {
        for text in ["", "{", "[1,", "\"x", "{\"a\"}", "[1] 2", "\"\\q\""] {
            assert!(Json::parse(text).is_err(), "{text}");
        }
    }
}
