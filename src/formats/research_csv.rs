//! A file for researchers: a random half of the responses, in which nobody can be recognised. Which
//! values may stand in it decides [`disclosure::research_file`](crate::disclosure::research_file).

use std::collections::{BTreeMap, HashMap};
use std::io::Write;

use crate::disclosure::research_file::{Person, shown_values};
use crate::formats::column::{Cell, Column, ColumnKind, Measure, RowWriter, Source};
use crate::formats::columns::RECEIVED_AT;
use crate::formats::csv::{without_formula, writer};
use crate::formats::export_error::ExportError;
use crate::formats::number::cell as number;
use crate::locale::in_every_language;
use crate::release::columns::MODE;
use crate::survey::{Survey, hex_digest};

/// Background questions by their role; what is kept longest comes first.
const IDENTIFYING: [&str; 6] = ["area", "sex", "age", "urban", "education", "occupation"];

/// Column of the month of receipt.
const MONTH: &str = "month";

/// What stands in the file.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Contents {
    /// Rows.
    pub rows: u64,
    /// Responses that the half was drawn from.
    pub drawn_from: u64,
    /// Responses of the half that could not be made safe.
    pub left_out: u64,
    /// Identifying columns with the number of values that were taken away.
    pub taken_away: Vec<(String, u64)>,
    /// The columns of the file.
    pub columns: Vec<Column>,
    /// What the half and the order were drawn by. Not for the receiver of the file.
    pub seed: String,
}

/// Collects the responses, and writes the file at the end.
pub struct ResearchCsv<'a, W: Write> {
    survey: &'a Survey,
    output: W,
    places: Places,
    /// Values of the identifying columns, then of the answers.
    values: Vec<Values>,
    rows: Vec<Row>,
    /// Sum of the weights of all responses that count.
    weight: f64,
    contents: Contents,
}

/// Places of columns among those of the microdata.
#[derive(Default)]
struct Places {
    id: Option<usize>,
    received_at: Option<usize>,
    mode: Option<usize>,
    excluded: Option<usize>,
    weight: Option<usize>,
    /// Identifying columns, then answers.
    read: Vec<usize>,
    /// How many of them are identifying.
    identifying: usize,
}

/// The values of a column; the code of a value is its place, counted from 1.
#[derive(Default)]
struct Values {
    codes: HashMap<String, u32>,
    texts: Vec<String>,
}

struct Row {
    /// Its place in the random order.
    order: String,
    month: String,
    mode: String,
    person: Person,
    weight: f64,
}

impl<'a, W: Write> ResearchCsv<'a, W> {
    /// For the responses of `survey`. Without a seed it is made from the first response, which no
    /// outsider knows: every file of a survey then has the same half of the people.
    pub fn new(survey: &'a Survey, seed: Option<&str>, output: W) -> ResearchCsv<'a, W> {
        ResearchCsv {
            survey,
            output,
            places: Places::default(),
            values: Vec::new(),
            rows: Vec::new(),
            weight: 0.0,
            contents: Contents {
                seed: seed.unwrap_or_default().to_owned(),
                ..Contents::default()
            },
        }
    }

    /// What it wrote to, and what stands there.
    pub fn into_parts(self) -> (W, Contents) {
        (self.output, self.contents)
    }

    /// Takes a response that counts, if it is of the half.
    fn take(&mut self, cells: &[Cell<'_>]) {
        let cell = |place: Option<usize>| place.and_then(|place| cells.get(place)).copied();
        let id = value(cell(self.places.id).unwrap_or(Cell::Empty)).unwrap_or_default();
        if self.contents.seed.is_empty() {
            let seed = hex_digest(format!("{} {id}", self.survey.id).as_bytes());
            self.contents.seed = seed.chars().take(16).collect();
        }
        let weight = match cell(self.places.weight) {
            Some(Cell::Number { value, .. }) => value,
            Some(_) => 0.0,
            None => 1.0,
        };
        let is_excluded = cell(self.places.excluded).is_some_and(|cell| cell != Cell::Empty);
        if is_excluded || weight <= 0.0 {
            return;
        }
        self.contents.drawn_from += 1;
        self.weight += weight;
        let order = hex_digest(format!("{}\n{id}", self.contents.seed).as_bytes());
        if !order.starts_with(['0', '1', '2', '3', '4', '5', '6', '7']) {
            return;
        }
        let read = self.places.read.iter().zip(&mut self.values);
        let mut codes: Vec<u32> = read
            .map(|(place, values)| {
                let value = cells.get(*place).copied().and_then(value);
                value.map_or(0, |value| values.code(value))
            })
            .collect();
        let answers = codes.split_off(self.places.identifying.min(codes.len()));
        self.rows.push(Row {
            order,
            month: match cell(self.places.received_at) {
                Some(Cell::Time(time)) => month(time),
                _ => String::new(),
            },
            mode: cell(self.places.mode).and_then(value).unwrap_or_default(),
            person: Person {
                identifying: codes,
                answers,
            },
            weight,
        });
    }

    /// Takes away what may not be shown, and puts the rows into the random order.
    fn make_safe(&mut self) {
        let mut rows = std::mem::take(&mut self.rows);
        rows.sort_by(|a, b| a.order.cmp(&b.order));
        let people: Vec<Person> = rows.iter().map(|row| row.person.clone()).collect();
        let mut taken = vec![0; self.places.identifying];
        for (mut row, shown) in rows.into_iter().zip(shown_values(&people)) {
            let Some(shown) = shown else {
                self.contents.left_out += 1;
                continue;
            };
            let values = row.person.identifying.iter_mut().zip(&mut taken);
            for (value, taken) in values.skip(shown).filter(|(value, _)| **value != 0) {
                *value = 0;
                *taken += 1;
            }
            self.rows.push(row);
        }
        self.contents.rows = u64::try_from(self.rows.len()).unwrap_or(u64::MAX);
        let names = self.contents.columns.iter().skip(2);
        let names = names.map(|column| column.name.clone());
        self.contents.taken_away = names.zip(taken).collect();
        self.average_weights();
    }

    /// Gives all people with equal identifying values the mean of their weights: a weight of one's own
    /// would tell what was taken away. They add up to the weights of all responses, and are rounded to
    /// three digits.
    fn average_weights(&mut self) {
        let sum: f64 = self.rows.iter().map(|row| row.weight).sum();
        let mut classes: BTreeMap<Vec<u32>, (f64, f64)> = BTreeMap::new();
        for row in &self.rows {
            let class = classes.entry(row.person.identifying.clone()).or_default();
            *class = (class.0 + row.weight, class.1 + 1.0);
        }
        for row in &mut self.rows {
            if let Some((weight, n)) = classes.get(&row.person.identifying) {
                let mean = weight / n * self.weight / sum;
                row.weight = format!("{mean:.2e}").parse().unwrap_or(mean);
            }
        }
    }

    fn write_file(&mut self) -> Result<(), ExportError> {
        let mut file = writer(&mut self.output)?;
        let names = self.contents.columns.iter().map(|own| own.name.as_str());
        file.write_record(names)?;
        for row in &self.rows {
            file.write_field(&row.month)?;
            file.write_field(&row.mode)?;
            let codes = row.person.identifying.iter().chain(&row.person.answers);
            for (code, values) in codes.zip(&self.values) {
                file.write_field(without_formula(values.text(*code)))?;
            }
            if self.places.weight.is_some() {
                file.write_field(number(row.weight))?;
            }
            file.write_record(None::<&[u8]>)?;
        }
        file.flush()?;
        Ok(())
    }
}

impl<W: Write> RowWriter for ResearchCsv<'_, W> {
    fn begin(&mut self, _title: &str, columns: &[Column]) -> Result<(), ExportError> {
        let background = background(self.survey);
        let place = |name: &str| columns.iter().position(|column| column.name == name);
        let of = |source: Source| columns.iter().position(|column| column.source == source);
        let names = identifying(self.survey);
        let mut read: Vec<usize> = names.iter().filter_map(|name| place(name)).collect();
        let identifying = read.len();
        let own = columns.iter().enumerate();
        let own = own.filter(|(_, column)| is_answer(column, &background));
        read.extend(own.map(|(place, _)| place));
        self.values.resize_with(read.len(), Values::default);
        self.places = Places {
            id: place("response_id"),
            received_at: place(RECEIVED_AT),
            mode: place(MODE),
            excluded: of(Source::Excluded),
            weight: of(Source::Weight),
            read,
            identifying,
        };
        let of_file = self.places.mode.iter().chain(&self.places.read);
        let of_file = of_file.chain(&self.places.weight);
        let of_file = of_file.filter_map(|place| columns.get(*place).cloned());
        let month = columns.first().map(|first| Column {
            name: MONTH.to_owned(),
            short_name: MONTH.to_owned(),
            label: in_every_language("research.month"),
            kind: ColumnKind::Text,
            values: Vec::new(),
            measure: Measure::Ordinal,
            ..first.clone()
        });
        self.contents.columns = month.into_iter().chain(of_file).collect();
        Ok(())
    }

    fn row(&mut self, cells: &[Cell<'_>]) -> Result<(), ExportError> {
        self.take(cells);
        Ok(())
    }

    fn finish(&mut self) -> Result<(), ExportError> {
        self.make_safe();
        if self.rows.is_empty() {
            let message = "no response could be made safe enough for a researcher's file; wait for more \
                           responses";
            return Err(ExportError::Form(message.to_owned()));
        }
        self.write_file()
    }
}

impl Values {
    fn code(&mut self, value: String) -> u32 {
        if let Some(code) = self.codes.get(&value) {
            return *code;
        }
        self.texts.push(value.clone());
        let code = u32::try_from(self.texts.len()).unwrap_or(u32::MAX);
        self.codes.insert(value, code);
        code
    }

    fn text(&self, code: u32) -> &str {
        let place = usize::try_from(code)
            .ok()
            .and_then(|own| own.checked_sub(1));
        let text = place.and_then(|place| self.texts.get(place));
        text.map_or("", String::as_str)
    }
}

/// The columns that others may know of a person: the variable that groups a background question, or
/// the question itself.
fn identifying(survey: &Survey) -> Vec<String> {
    let mut names = Vec::new();
    for role in IDENTIFYING {
        let mut questions = survey.questionnaire.questions();
        let own = questions.find(|(_, question)| question.role.as_deref() == Some(role));
        let Some((_, question)) = own else { continue };
        let variables = survey.plan.iter().flat_map(|plan| &plan.variables);
        let mut grouped = variables.filter(|(_, variable)| variable.question == question.code);
        names.push(
            grouped
                .next()
                .map_or(&question.code, |(name, _)| name)
                .clone(),
        );
    }
    names
}

/// The codes of the background questions.
fn background(survey: &Survey) -> Vec<String> {
    let questions = survey.questionnaire.questions();
    let own = questions.filter(|(_, question)| {
        let role = question.role.as_deref();
        role.is_some_and(|role| IDENTIFYING.contains(&role))
    });
    own.map(|(_, question)| question.code.clone()).collect()
}

/// Whether a column is in the file as an answer. Texts are not.
fn is_answer(column: &Column, background: &[String]) -> bool {
    let question = column.question.as_ref();
    column.source == Source::Answer
        && column.kind != ColumnKind::Text
        && !question.is_some_and(|code| background.contains(code))
}

/// A cell as it is written; `None` if it is empty.
fn value(cell: Cell<'_>) -> Option<String> {
    match cell {
        Cell::Empty | Cell::NotAsked | Cell::Time(_) => None,
        Cell::Text(text) => Some(text.to_owned()),
        Cell::Whole(whole) => Some(whole.to_string()),
        Cell::Number { value, written } => {
            Some(written.map_or_else(|| number(value), str::to_owned))
        }
        Cell::Code { code, .. } => Some(code.to_owned()),
    }
}

/// The month of a time in Beijing, such as `2026-11`.
fn month(microseconds: i64) -> String {
    let Ok(time) = jiff::Timestamp::from_microsecond(microseconds) else {
        return String::new();
    };
    let beijing = time.to_zoned(jiff::tz::TimeZone::fixed(jiff::tz::offset(8)));
    beijing.strftime("%Y-%m").to_string()
}
