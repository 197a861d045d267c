//! A million responses: `cargo bench --bench estimate [-- ROWS]`.
//!
//! Writes a fictional city of ROWS people (default 1,000,000; 20 strata, 600 PSUs, 12 items,
//! margins of 33 cells) to the target folder. Then it reads and rakes it, and estimates 12 items
//! for the whole and 10 counties with residual-adjusted errors, in this process and in a `minyi
//! estimate` process. It prints the phases, the peak memory and the ratio to `wc -l` of the same
//! file. `benches/estimate_by_svy.py` does the same work with the Python package svy.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::as_conversions,
    missing_docs,
    reason = "a benchmark may panic"
)]

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

const ROUNDS: usize = 7;

fn main() {
    let rows = std::env::args()
        .filter_map(|argument| argument.replace('_', "").parse::<usize>().ok())
        .next()
        .unwrap_or(1_000_000);
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("city-{rows}"));
    let data = folder.join("city.csv");
    if !data.exists() {
        std::fs::create_dir_all(&folder).unwrap();
        generate(rows, &folder);
    }
    let bytes = std::fs::metadata(&data).unwrap().len();
    println!(
        "{rows} rows, {:.1} MB, {} threads",
        bytes as f64 / 1e6,
        rayon::current_num_threads()
    );
    let mut yardstick = Vec::new();
    let mut whole = Vec::new();
    for _ in 0..ROUNDS {
        yardstick.push(seconds(|| {
            drop(Command::new("wc").arg("-l").arg(&data).output().unwrap())
        }));
        whole.push(seconds(|| {
            let output = minyi(&folder, &data).output().unwrap();
            assert!(
                output.status.success(),
                "{}",
                String::from_utf8_lossy(&output.stdout)
            );
            eprint!("    {}", String::from_utf8_lossy(&output.stderr));
        }));
    }
    let (wc, process) = (median(&mut yardstick), median(&mut whole));
    println!("wc -l       {:.4} s (best {:.4})", wc, yardstick[0]);
    println!("minyi       {:.4} s (best {:.4})", process, whole[0]);
    println!(
        "ratio       {:.1} (of the best times {:.1})",
        process / wc,
        whole[0] / yardstick[0]
    );
    if let Ok(output) = Command::new("/usr/bin/time")
        .arg("-f")
        .arg("%M")
        .arg(env!("CARGO_BIN_EXE_minyi"))
        .args(arguments(&folder, &data))
        .output()
    {
        let kib: f64 = String::from_utf8_lossy(&output.stderr)
            .lines()
            .filter_map(|line| line.trim().parse().ok())
            .next_back()
            .unwrap_or(0.0);
        println!("peak memory {:.0} MiB", kib / 1024.0);
    }
}

fn arguments(folder: &Path, data: &Path) -> Vec<std::ffi::OsString> {
    vec![
        "estimate".into(),
        "--timings".into(),
        "--data".into(),
        data.into(),
        "--spec".into(),
        folder.join("spec.toml").into(),
    ]
}

fn minyi(folder: &Path, data: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_minyi"));
    command.args(arguments(folder, data));
    command
}

fn seconds(work: impl FnOnce()) -> f64 {
    let started = Instant::now();
    work();
    started.elapsed().as_secs_f64()
}

fn median(times: &mut [f64]) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

const COUNTY_SHARE: [f64; 10] = [0.22, 0.16, 0.13, 0.11, 0.09, 0.08, 0.07, 0.06, 0.05, 0.03];
const AGES: [&str; 6] = ["15-24", "25-34", "35-44", "45-54", "55-64", "65+"];
const AGE_SHARE: [f64; 6] = [0.16, 0.17, 0.19, 0.18, 0.16, 0.14];
const EDU_SHARE: [f64; 5] = [0.12, 0.24, 0.29, 0.22, 0.13];
const PEOPLE: f64 = 2_400_000.0;

/// The fictional city: the sample differs from the population, PSUs differ in satisfaction, some
/// answers are missing.
fn generate(rows: usize, folder: &Path) {
    let mut random = ChaCha8Rng::seed_from_u64(1);
    let mut out = std::io::BufWriter::with_capacity(
        1 << 20,
        std::fs::File::create(folder.join("city.csv")).unwrap(),
    );
    write!(out, "rowid,county,area,stratum,psu,mode,sex,age6,edu,w").unwrap();
    (1..=12).for_each(|item| write!(out, ",s{item}").unwrap());
    writeln!(out).unwrap();
    let level: Vec<f64> = (0..600).map(|_| random.random_range(-0.08..0.08)).collect();
    let mut line = String::new();
    for row in 1..=rows {
        let county = pick(&COUNTY_SHARE, random.random());
        let urban = random.random::<f64>() < 0.75 - 0.05 * county as f64;
        let psu = random.random_range(0..30_usize);
        let unit = (county * 2 + usize::from(urban)) * 30 + psu;
        let age = pick(&AGE_SHARE, random.random::<f64>().powf(1.15));
        let edu = pick(&EDU_SHARE, random.random::<f64>().powf(0.85));
        let (zone, letter) = if urban {
            ("urban", 'U')
        } else {
            ("rural", 'R')
        };
        line.clear();
        write!(
            line,
            "{row},C{:02},{zone},C{:02}{letter},C{:02}{letter}-{:02},{},{},{},e{},{:.4}",
            county + 1,
            county + 1,
            county + 1,
            psu + 1,
            if random.random::<f64>() < 0.4 {
                "online"
            } else {
                "onsite"
            },
            if random.random::<f64>() < 0.55 {
                'F'
            } else {
                'M'
            },
            AGES[age],
            edu + 1,
            PEOPLE / rows as f64 * random.random_range(0.5..1.8)
        )
        .unwrap();
        for item in 0..12 {
            if random.random::<f64>() < 0.03 {
                line.push(',');
                continue;
            }
            let satisfied = random.random::<f64>()
                < 0.88 + 0.005 * item as f64 + level[unit] - 0.01 * age as f64 / 5.0;
            let code = if satisfied {
                random.random_range(4..=5)
            } else {
                random.random_range(1..=3)
            };
            write!(line, ",{code}").unwrap();
        }
        line.push('\n');
        out.write_all(line.as_bytes()).unwrap();
    }
    out.flush().unwrap();
    let mut margins = "dimension,category,population\n".to_owned();
    for (county, share) in COUNTY_SHARE.iter().enumerate() {
        let urban = 0.72 - 0.05 * county as f64;
        writeln!(
            margins,
            "county*area,C{:02}*urban,{:.0}",
            county + 1,
            PEOPLE * share * urban
        )
        .unwrap();
        writeln!(
            margins,
            "county*area,C{:02}*rural,{:.0}",
            county + 1,
            PEOPLE * share - (PEOPLE * share * urban).round()
        )
        .unwrap();
    }
    writeln!(
        margins,
        "sex,F,{:.0}\nsex,M,{:.0}",
        PEOPLE * 0.51,
        PEOPLE * 0.49
    )
    .unwrap();
    AGES.iter()
        .zip(AGE_SHARE)
        .for_each(|(age, share)| writeln!(margins, "age6,{age},{:.0}", PEOPLE * share).unwrap());
    EDU_SHARE.iter().enumerate().for_each(|(at, share)| {
        writeln!(margins, "edu,e{},{:.0}", at + 1, PEOPLE * share).unwrap()
    });
    std::fs::write(folder.join("margins.csv"), margins).unwrap();
    let mut spec = String::from(
        "[design]\nweight = \"w\"\nstrata = \"stratum\"\npsu = \"psu\"\n\n\
         [weighting]\nmethod = \"rake\"\nmargins = \"margins.csv\"\n",
    );
    for item in 1..=12 {
        writeln!(
            spec,
            "\n[[estimate]]\nname = \"s{item}\"\nkind = \"proportion\"\nvariable = \"s{item}\"\n\
             counts = [4, 5]\nby = [\"county\"]\ntarget = \">= 0.90\""
        )
        .unwrap();
    }
    std::fs::write(folder.join("spec.toml"), spec).unwrap();
}

fn pick(shares: &[f64], draw: f64) -> usize {
    let mut rest = draw * shares.iter().sum::<f64>();
    for (at, share) in shares.iter().enumerate() {
        rest -= share;
        if rest < 0.0 {
            return at;
        }
    }
    shares.len() - 1
}
