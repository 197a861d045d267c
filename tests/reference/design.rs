//! The design of a case, with its adjustments and replicates.

use std::path::Path;
use std::sync::Arc;

use minyi::estimation::design::Design;
use minyi::estimation::replicate::{Freedom, Replicates};
use minyi::estimation::spec::{
    Compat, DesignSpec, Distance, LonelyPsu, Names, TrimSpec, WeightingMethod, WeightingSpec,
};
use minyi::estimation::weighting::{self, Residual, trim};
use minyi::estimation::{Columns, Error, Margin, Margins};
use serde_json::Value;

use super::expected::{as_number, list, text, word};
use super::read;

pub fn prepare(
    root: &Path,
    case: &Value,
    columns: &Columns,
) -> Result<(Design, Option<Replicates>), Error> {
    let asked = &case["design"];
    let names = |key: &str| {
        let names = list(&asked[key]);
        (!names.is_empty()).then_some(Names::Many(names))
    };
    let spec = DesignSpec {
        weight: asked["weights"].as_str().map(str::to_owned),
        strata: names("strata"),
        psu: names("ids"),
        fpc: names("fpc"),
        nest: asked["nest"].as_bool().unwrap_or(false),
        lonely_psu: match asked["lonely_psu"].as_str().unwrap_or("fail") {
            "certainty" => LonelyPsu::Certainty,
            "remove" => LonelyPsu::Remove,
            "adjust" => LonelyPsu::Adjust,
            "average" => LonelyPsu::Average,
            _ => LonelyPsu::Fail,
        },
        adjust_domain_lonely: asked["adjust_domain_lonely"].as_bool().unwrap_or(false),
    };
    let mut design = Design::new(columns, &spec)?;
    for adjustment in case["adjust"].as_array().into_iter().flatten() {
        adjust(columns, &mut design, adjustment)?;
    }
    if asked["kind"] != "replicate" {
        return Ok((design, None));
    }
    let file = read(&root.join(text(&asked["rep_file"])), &[]);
    let multipliers: Vec<Vec<f64>> = file
        .names()
        .iter()
        .map(|name| file.get(name).unwrap().to_numbers(name).unwrap().decode())
        .collect();
    let factors = match &asked["rscales"] {
        Value::Array(factors) => factors
            .iter()
            .map(|factor| factor.as_f64().unwrap())
            .collect(),
        one => vec![one.as_f64().unwrap(); multipliers.len()],
    };
    let scale = asked["scale"].as_f64().unwrap();
    let mse = asked["mse"].as_bool().unwrap_or(false);
    let replicates =
        Replicates::from_multipliers(&design, &multipliers, scale, factors, mse, Freedom::Rank)?;
    Ok((design, Some(replicates)))
}

fn margin(spec: &Value) -> Margin {
    let variables = list(&spec["vars"]);
    let cells = spec["cells"]
        .as_array()
        .unwrap()
        .iter()
        .map(|cell| {
            (
                variables.iter().map(|name| word(&cell[name])).collect(),
                cell["freq"].as_f64().unwrap(),
            )
        })
        .collect();
    Margin { variables, cells }
}

fn adjust(columns: &Columns, design: &mut Design, spec: &Value) -> Result<(), Error> {
    let mut margins = Margins::new();
    let mut how = WeightingSpec {
        method: WeightingMethod::Rake,
        margins: None,
        dimensions: None,
        bounds: None,
        distance: Distance::Linear,
        max_sweeps: 2000,
        tolerance: 1e-8,
        rescale_margins: false,
        partial: spec["partial"].as_bool().unwrap_or(false),
        compat: None,
        trim: None,
        nonresponse: None,
    };
    if let Some(sweeps) = spec["maxit"].as_u64() {
        how.max_sweeps = u32::try_from(sweeps).unwrap();
    }
    match text(&spec["op"]) {
        "poststratify" => {
            how.method = WeightingMethod::Poststratify;
            margins.push(margin(&spec["population"]));
        }
        "rake" => {
            how.compat = Some(Compat::RRake);
            spec["margins"]
                .as_array()
                .unwrap()
                .iter()
                .for_each(|one| margins.push(margin(one)));
        }
        "calibrate" => {
            how.method = WeightingMethod::Calibrate;
            how.distance = match text(&spec["calfun"]) {
                "raking" => Distance::Exponential,
                "logit" => Distance::Logit,
                _ => Distance::Linear,
            };
            how.bounds = spec["bounds"].as_array().map(|bounds| {
                (
                    as_number(&bounds[0]).unwrap(),
                    as_number(&bounds[1]).unwrap(),
                )
            });
            margins = from_formula(columns, text(&spec["formula"]), &spec["population"]);
        }
        "trim" => {
            let limits = TrimSpec {
                upper: as_number(&spec["upper"]),
                lower: as_number(&spec["lower"]),
                strict: spec["strict"].as_bool().unwrap_or(false),
            };
            design.weights = Arc::new(trim::trim(&design.weights, &limits)?.0);
            return Ok(());
        }
        "freeze" => {
            design
                .adjustments
                .iter_mut()
                .for_each(|adjustment| adjustment.residual = Residual::Fixed);
            return Ok(());
        }
        other => panic!("unknown adjustment {other}"),
    }
    let adjustment = weighting::adjust(columns, &design.weights, &margins, &how)?;
    design.push(adjustment);
    Ok(())
}

/// Treatment contrasts to margins: the first level has what the others leave of the intercept.
fn from_formula(columns: &Columns, formula: &str, population: &Value) -> Margins {
    let mut margins = Margins::new();
    let total = population["(Intercept)"].as_f64().unwrap();
    for term in formula.trim_start_matches('~').split('+').map(str::trim) {
        let column = columns.get(term).unwrap();
        if let Some(sum) = population.get(term) {
            margins.push(Margin {
                variables: vec![term.to_owned()],
                cells: vec![(vec![String::new()], sum.as_f64().unwrap())],
            });
            continue;
        }
        let levels = column.to_category().levels.to_vec();
        let mut cells: Vec<(Vec<String>, f64)> = levels[1..]
            .iter()
            .map(|level| {
                (
                    vec![level.clone()],
                    population[format!("{term}{level}")].as_f64().unwrap(),
                )
            })
            .collect();
        let rest: f64 = cells.iter().map(|(_, sum)| sum).sum();
        cells.insert(0, (vec![levels[0].clone()], total - rest));
        margins.push(Margin {
            variables: vec![term.to_owned()],
            cells,
        });
    }
    if margins.dimensions().iter().all(Margin::is_numeric) {
        margins.push(Margin {
            variables: vec!["(Intercept)".to_owned()],
            cells: vec![(vec![String::new()], total)],
        });
    }
    margins
}
