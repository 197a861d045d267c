//! The documentation of a survey's microdata as DDI-Codebook 2.5: document, study, file, variables.

use std::io::Write;

use crate::formats::column::{Cell, Column, ColumnKind, Measure, RowWriter, Source};
use crate::formats::export_error::ExportError;
use crate::formats::xml::Element;
use crate::locale::{Language, text, text_with};
use crate::questionnaire::{Areas, ObservationUnit, Questionnaire, Text};
use crate::survey::Survey;
use crate::survey::plan::{Combine, Plan};

/// The namespace of DDI-Codebook 2.5.
const NAMESPACE: &str = "ddi:codebook:2_5";

/// Writes the documentation when all rows have been counted.
pub struct Ddi<'a, W: Write> {
    survey: &'a Survey,
    areas: &'a Areas,
    /// Name of the data file that is documented.
    file: String,
    columns: Vec<Column>,
    rows: u64,
    output: W,
}

impl<'a, W: Write> Ddi<'a, W> {
    /// The documentation of the CSV file `file` with the responses of `survey` that count.
    pub fn new(survey: &'a Survey, areas: &'a Areas, file: &str, output: W) -> Ddi<'a, W> {
        Ddi {
            survey,
            areas,
            file: file.to_owned(),
            columns: Vec::new(),
            rows: 0,
            output,
        }
    }

    /// What it wrote to.
    pub fn into_output(self) -> W {
        self.output
    }
}

impl<W: Write> RowWriter for Ddi<'_, W> {
    fn begin(&mut self, _title: &str, columns: &[Column]) -> Result<(), ExportError> {
        self.columns = columns.to_vec();
        Ok(())
    }

    fn row(&mut self, cells: &[Cell<'_>]) -> Result<(), ExportError> {
        let last = self.columns.last().zip(cells.last());
        let is_excluded = last.is_some_and(|(column, cell)| {
            column.source == Source::Excluded && *cell != Cell::Empty
        });
        self.rows += u64::from(!is_excluded);
        Ok(())
    }

    fn finish(&mut self) -> Result<(), ExportError> {
        let own = self.columns.iter();
        let columns: Vec<&Column> = own.filter(|own| own.source != Source::Excluded).collect();
        let book = Element::new("codeBook")
            .with("xmlns", NAMESPACE)
            .with("version", "2.5")
            .with("xml:lang", "zh")
            .holding([
                document(self.survey),
                study(self.survey, self.areas),
                file(&self.file, self.rows, columns.len()),
                variables(&self.survey.questionnaire, &columns),
            ]);
        book.write_document(&mut self.output)?;
        Ok(())
    }
}

/// The text of `ddi.{key}` in Chinese.
fn say(key: &str) -> String {
    text(Language::ZH, &format!("ddi.{key}"))
}

/// An element for each language of a text.
fn in_languages(name: &'static str, own: &Text) -> Vec<Element> {
    let texts = own.0.iter().rev().filter(|(_, text)| !text.is_empty());
    texts
        .map(|(language, text)| Element::text(name, text).with("xml:lang", language))
        .collect()
}

fn title(form: &Questionnaire, id: &str) -> Element {
    let others = form
        .title
        .0
        .iter()
        .filter(|(language, _)| *language != "zh");
    Element::new("titlStmt")
        .holding([Element::text("titl", form.title.get("zh"))])
        .holding(
            others
                .map(|(language, text)| Element::text("parTitl", text).with("xml:lang", language)),
        )
        .holding([Element::text("IDNo", id).with("agency", "minyi")])
}

fn document(survey: &Survey) -> Element {
    let software = Element::text("software", "minyi").with("version", env!("CARGO_PKG_VERSION"));
    let production = Element::new("prodStmt").holding([
        Element::text("producer", survey.questionnaire.agency.get("zh")),
        software,
    ]);
    Element::new("docDscr").holding([Element::new("citation").holding([
        title(&survey.questionnaire, &format!("{}-ddi", survey.id)),
        production,
    ])])
}

fn study(survey: &Survey, areas: &Areas) -> Element {
    let form = &survey.questionnaire;
    let citation = Element::new("citation").holding([
        title(form, &survey.id),
        Element::new("rspStmt").holding([Element::text("AuthEnty", form.agency.get("zh"))]),
        Element::new("prodStmt").holding(in_languages("producer", &form.agency)),
        Element::new("verStmt").holding([Element::text("version", &survey.questionnaire_hash)]),
    ]);
    let mut parts = vec![
        citation,
        authorization(form),
        Element::new("stdyInfo")
            .holding(in_languages("abstract", &form.intro))
            .holding([summary(form, areas)]),
    ];
    parts.extend(survey.plan.iter().map(|plan| method(survey, plan)));
    Element::new("stdyDscr").holding(parts)
}

/// The four marks of an approved form.
fn authorization(form: &Questionnaire) -> Element {
    let approval = match form.approval_number.as_str() {
        "" => say("no_approval"),
        number => number.to_owned(),
    };
    let marks = [
        ("form", form.form_number.as_str()),
        ("agency", form.agency.get("zh")),
        ("approval", &approval),
        ("until", &form.valid_until),
    ];
    let statement = text_with(Language::ZH, "ddi.marks", &marks);
    Element::new("studyAuthorization")
        .holding([Element::text("authorizationStatement", &statement)])
}

fn summary(form: &Questionnaire, areas: &Areas) -> Element {
    let day = |event: &str, day: &str| {
        Element::text("collDate", day)
            .with("event", event)
            .with("date", day)
    };
    let places = areas.0.iter().filter(|area| area.parent.is_none());
    Element::new("sumDscr")
        .holding([day("start", &form.opens), day("end", &form.closes)])
        .holding([Element::text("nation", &say("nation")).with("abbr", "CN")])
        .holding(places.flat_map(|area| in_languages("geogCover", &area.name)))
        .holding([Element::text(
            "anlyUnit",
            &say(match form.unit {
                ObservationUnit::Person => "unit",
                ObservationUnit::Shop => "unit_shop",
            }),
        )])
        .holding(in_languages("universe", &form.eligibility))
        .holding([Element::text("dataKind", &say("kind"))])
}

/// Sampling, modes, weights.
fn method(survey: &Survey, plan: &Plan) -> Element {
    let form = &survey.questionnaire;
    let drawn = survey.frame.iter().filter(|unit| unit.selected == 1);
    let (drawn, units) = (drawn.count().to_string(), survey.frame.len().to_string());
    let mut sampling = match survey.frame.is_empty() {
        true => say("no_frame"),
        false => {
            let strata = plan.design.strata.join("*");
            let values = [("drawn", &*drawn), ("units", &*units), ("strata", &*strata)];
            text_with(Language::ZH, "ddi.frame", &values)
        }
    };
    sampling.push_str(&say(match plan.modes.combine {
        Combine::Sampled => "combine_sampled",
        Combine::Calibrated => "combine_calibrated",
        Combine::Pool => "combine_pool",
    }));
    let modes = plan.modes.onsite.iter().chain(&plan.modes.online);
    let modes = modes.map(|mode| {
        let words = text(Language::ZH, &format!("results.mode_{mode}"));
        Element::text("collMode", &words)
    });
    let rake = plan.weighting.rake.join("; ");
    let weighting = match rake.is_empty() {
        true => say("no_raking"),
        false => text_with(Language::ZH, "ddi.raking", &[("rake", &rake)]),
    };
    let collector = Element::text("dataCollector", form.agency.get("zh"));
    Element::new("method").holding([Element::new("dataColl")
        .holding([collector, Element::text("sampProc", &sampling)])
        .holding(modes)
        .holding([
            Element::text("resInstru", &say("instrument")),
            Element::text("weight", &weighting),
        ])])
}

fn file(name: &str, rows: u64, columns: usize) -> Element {
    let size = Element::new("dimensns").holding([
        Element::text("caseQnty", &rows.to_string()),
        Element::text("varQnty", &columns.to_string()),
    ]);
    let kind = Element::text("fileType", "text/csv; charset=utf-8");
    let text = Element::new("fileTxt").holding([Element::text("fileName", name), size, kind]);
    Element::new("fileDscr").with("ID", "F1").holding([text])
}

fn variables(form: &Questionnaire, columns: &[&Column]) -> Element {
    let weight = columns.iter().position(|column| column.is_weight());
    let weight = weight.map(id);
    let own = columns.iter().enumerate();
    Element::new("dataDscr")
        .holding(own.map(|(place, column)| variable(form, (place, column), weight.as_deref())))
}

/// The id of the column at a place.
fn id(place: usize) -> String {
    format!("V{}", place + 1)
}

fn variable(
    form: &Questionnaire,
    (place, column): (usize, &Column),
    weight: Option<&str>,
) -> Element {
    let is_number = matches!(
        column.kind,
        ColumnKind::Whole | ColumnKind::Number(_) | ColumnKind::Time
    );
    let mut own = Element::new("var")
        .with("ID", id(place))
        .with("name", &column.name)
        .with("files", "F1")
        .with("intrvl", if is_number { "contin" } else { "discrete" });
    if let ColumnKind::Number(Some(decimals)) = column.kind {
        own = own.with("dcml", decimals.to_string());
    }
    own = own.with(
        "nature",
        match column.measure {
            Measure::Nominal => "nominal",
            Measure::Ordinal => "ordinal",
            Measure::Scale => "ratio",
        },
    );
    if !column.unit.is_empty() {
        own = own.with("measUnit", column.unit.get("zh"));
    }
    own = match (column.is_weight(), weight) {
        (true, _) => own.with("wgt", "wgt"),
        (false, Some(weight)) if column.source == Source::Answer => own.with("wgt-var", weight),
        _ => own,
    };
    let format = match column.kind {
        ColumnKind::Whole | ColumnKind::Number(_) => "numeric",
        ColumnKind::Coded if column.has_numeric_codes() => "numeric",
        _ => "character",
    };
    own.holding(in_languages("labl", &column.label))
        .holding(question(form, column))
        .holding(valid(form, column))
        .holding(invalid(column))
        .holding(column.values.iter().map(|value| {
            let category = Element::new("catgry");
            let category = match value.missing {
                true => category.with("missing", "Y"),
                false => category,
            };
            category
                .holding([Element::text("catValu", &value.code)])
                .holding(in_languages("labl", &value.label))
        }))
        .holding([Element::new("varFormat")
            .with("type", format)
            .with("schema", "other")])
}

/// The question as it was read, with the rules by which it was asked.
fn question(form: &Questionnaire, column: &Column) -> Option<Element> {
    let code = column.question.as_deref()?;
    let mut questions = form.questions();
    let (section, question) = questions.find(|(_, question)| question.code == code)?;
    let rules = section.ask_if.iter().chain(&question.ask_if);
    let rules: Vec<&str> = rules.map(|rule| rule.source.as_str()).collect();
    let mut own = Element::new("qstn")
        .holding(in_languages("preQTxt", &section.intro))
        .holding(in_languages("qstnLit", &question.text));
    if !rules.is_empty() {
        own = own.holding([Element::text("backward", &rules.join(" and "))]);
    }
    Some(own.holding(in_languages("ivuInstr", &question.hint)))
}

/// The valid codes, or the limits of a number.
fn valid(form: &Questionnaire, column: &Column) -> Option<Element> {
    let codes = column.values.iter().filter(|value| !value.missing);
    let items: Vec<Element> = codes
        .map(|value| Element::new("item").with("VALUE", &value.code))
        .collect();
    if !items.is_empty() {
        return Some(Element::new("valrng").holding(items));
    }
    let question = form.question(column.question.as_deref()?)?;
    let (min, max) = question.kind.limits();
    let mut range = Element::new("range").with("UNITS", "REAL");
    if let Some(min) = &min {
        range = range.with("min", min.to_string());
    }
    if let Some(max) = &max {
        range = range.with("max", max.to_string());
    }
    (min.is_some() || max.is_some()).then(|| Element::new("valrng").holding([range]))
}

/// The codes for "don't know" and the like.
fn invalid(column: &Column) -> Option<Element> {
    let codes = column.values.iter().filter(|value| value.missing);
    let items: Vec<Element> = codes
        .map(|value| Element::new("item").with("VALUE", &value.code))
        .collect();
    (!items.is_empty()).then(|| Element::new("invalrng").holding(items))
}
