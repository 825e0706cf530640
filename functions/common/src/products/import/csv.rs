//! Rows out of CSV that arrives in pieces of any size: quotes, doubled quotes, line ends and commas inside of
//! fields, any line end, a byte order mark. One row at a time is in memory, and no row is larger than it may be.

use csv_core::ReadRecordResult;

/// The largest row, in bytes without its quotes; the rest of a larger one is passed over.
pub const MAX_ROW_BYTES: usize = 1024 * 1024;
/// The most fields of a row.
pub const MAX_FIELDS: usize = 2048;

const FIRST_BYTES: usize = 4 * 1024;
const FIRST_FIELDS: usize = 64;
const BYTE_ORDER_MARK: [u8; 3] = [0xef, 0xbb, 0xbf];

/// What keeps a row from being read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// More bytes or fields than a row may have. Often a quote that is left open.
    TooLarge,
    /// The file ends inside of a quoted field.
    OpenQuote,
    /// Bytes that are not UTF-8, or the character NUL.
    NotText,
}

impl Fault {
    /// For who made the file.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::TooLarge => "is larger than 1 MiB or 2048 fields; is a quote left open?",
            Self::OpenQuote => {
                "opens a quote that is never closed; all that follows is taken for one field"
            }
            Self::NotText => {
                "is not UTF-8 text, or has the character NUL in it; save the file as UTF-8"
            }
        }
    }
}

/// A row, and the line of the file in which it starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Counted from 1; a quoted line end counts.
    pub line: u64,
    /// What is wrong with it. Its fields are then what could be made of it.
    pub fault: Option<Fault>,
    text: String,
    ends: Vec<usize>,
}

impl Row {
    /// The field at `index`, unquoted; empty where the row is shorter.
    pub fn field(&self, index: usize) -> &str {
        let start = match index.checked_sub(1) {
            Some(before) => self.ends.get(before).copied(),
            None => Some(0),
        };
        start
            .zip(self.ends.get(index).copied())
            .and_then(|(start, end)| self.text.get(start..end))
            .unwrap_or_default()
    }

    /// How many fields there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether nothing stands in any field, as in the rows that spreadsheets leave behind.
    pub fn is_blank(&self) -> bool {
        self.fault.is_none() && self.text.trim().is_empty()
    }
}

/// Reads rows from pieces of a file.
pub struct RowReader {
    parser: csv_core::Reader,
    bytes: Vec<u8>,
    written: usize,
    ends: Vec<usize>,
    ended: usize,
    /// Of the next byte.
    line: u64,
    after_return: bool,
    /// Where the row that is being read starts; none between rows.
    started: Option<u64>,
    too_large: bool,
    /// How much of a byte order mark was seen; all of it once the file has begun.
    mark: usize,
}

impl RowReader {
    /// At the start of a file.
    pub fn new() -> Self {
        Self {
            parser: csv_core::Reader::new(),
            bytes: vec![0; FIRST_BYTES],
            written: 0,
            ends: vec![0; FIRST_FIELDS],
            ended: 0,
            line: 1,
            after_return: false,
            started: None,
            too_large: false,
            mark: 0,
        }
    }

    /// Takes from `input` what completes the next row. None when `input` is used up before one is complete.
    pub fn read(&mut self, input: &mut &[u8]) -> Option<Row> {
        self.skip_mark(input);
        self.parse(input)
    }

    /// The row in which the file ends, if its last line has no line end.
    pub fn finish(&mut self) -> Option<Row> {
        self.started?;
        let mut line_end: &[u8] = b"\n";
        if let Some(row) = self.parse(&mut line_end) {
            return Some(row);
        }
        // Inside of quotes a line end is content like any other.
        let mut row = self.take();
        row.fault = Some(Fault::OpenQuote);
        Some(row)
    }

    fn skip_mark(&mut self, input: &mut &[u8]) {
        while let (Some(expected), Some((first, rest))) =
            (BYTE_ORDER_MARK.get(self.mark), input.split_first())
        {
            if first == expected {
                self.mark += 1;
                *input = rest;
            } else {
                let mut passed = BYTE_ORDER_MARK.get(..self.mark).unwrap_or_default();
                self.mark = BYTE_ORDER_MARK.len();
                self.parse(&mut passed);
            }
        }
    }

    fn parse(&mut self, input: &mut &[u8]) -> Option<Row> {
        if self.started.is_none() {
            self.skip_line_ends(input);
        }
        while !input.is_empty() {
            self.started.get_or_insert(self.line);
            let (result, used, wrote, ended) = self.parser.read_record(
                input,
                self.bytes.get_mut(self.written..).unwrap_or_default(),
                self.ends.get_mut(self.ended..).unwrap_or_default(),
            );
            let (passed, rest) = input.split_at_checked(used)?;
            *input = rest;
            self.count_lines(passed);
            self.written += wrote;
            self.ended += ended;
            match result {
                ReadRecordResult::Record => return Some(self.take()),
                ReadRecordResult::OutputFull => self.make_room(),
                ReadRecordResult::OutputEndsFull => self.make_room_for_ends(),
                ReadRecordResult::InputEmpty | ReadRecordResult::End => {}
            }
        }
        None
    }

    fn skip_line_ends(&mut self, input: &mut &[u8]) {
        let ends = input
            .iter()
            .take_while(|byte| b"\r\n".contains(byte))
            .count();
        if let Some((passed, rest)) = input.split_at_checked(ends) {
            self.count_lines(passed);
            *input = rest;
        }
    }

    fn count_lines(&mut self, passed: &[u8]) {
        for byte in passed {
            let ends_line = *byte == b'\r' || (*byte == b'\n' && !self.after_return);
            self.line += u64::from(ends_line);
            self.after_return = *byte == b'\r';
        }
    }

    fn make_room(&mut self) {
        if self.bytes.len() < MAX_ROW_BYTES && !self.too_large {
            self.bytes
                .resize((self.bytes.len() * 2).min(MAX_ROW_BYTES), 0);
        } else {
            self.pass_over();
        }
    }

    fn make_room_for_ends(&mut self) {
        if self.ends.len() < MAX_FIELDS && !self.too_large {
            self.ends.resize((self.ends.len() * 2).min(MAX_FIELDS), 0);
        } else {
            self.pass_over();
        }
    }

    fn pass_over(&mut self) {
        self.too_large = true;
        self.written = 0;
        self.ended = 0;
    }

    fn take(&mut self) -> Row {
        let line = self.started.take().unwrap_or(self.line);
        let (written, ended) = (self.written, self.ended);
        self.written = 0;
        self.ended = 0;
        if std::mem::take(&mut self.too_large) {
            return Row {
                line,
                fault: Some(Fault::TooLarge),
                text: String::new(),
                ends: Vec::new(),
            };
        }
        let bytes = self.bytes.get(..written).unwrap_or_default();
        let ends = self.ends.get(..ended).unwrap_or_default();
        match std::str::from_utf8(bytes) {
            // A cut through a character shows in the fields: neither side of it is text.
            Ok(text)
                if !text.contains('\0') && ends.iter().all(|end| text.is_char_boundary(*end)) =>
            {
                Row {
                    line,
                    fault: None,
                    text: text.to_owned(),
                    ends: ends.to_vec(),
                }
            }
            _ => legible(line, bytes, ends),
        }
    }
}

/// A row that is not text, with its fields as far as they can be read.
fn legible(line: u64, bytes: &[u8], ends: &[usize]) -> Row {
    let mut row = Row {
        line,
        fault: Some(Fault::NotText),
        text: String::new(),
        ends: Vec::new(),
    };
    let mut start = 0;
    for end in ends {
        let field = bytes.get(start..*end).unwrap_or_default();
        row.text
            .push_str(&String::from_utf8_lossy(field).replace('\0', "\u{fffd}"));
        row.ends.push(row.text.len());
        start = *end;
    }
    row
}

#[cfg(test)]
#[path = "csv_tests.rs"]
mod tests;
