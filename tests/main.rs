//! One binary, one file per promise.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "a test may panic"
)]
#![allow(missing_docs)]

mod api;
mod api_page;
mod back_checks;
mod backends;
mod behind_nginx;
mod blocks;
mod browser_access;
mod browser_draft;
mod browser_form;
mod browser_origin;
mod browser_poster;
mod browser_prompt;
mod browser_reader;
mod browser_slow;
mod bulletin;
mod cases;
mod check;
mod clock;
mod commands;
mod credentials;
mod damage;
mod demo;
mod demo_quality;
mod disclosure;
mod disclosure_public;
mod disclosure_suppression;
mod documents;
mod doors;
mod drawings;
mod durability;
mod durability_faults;
mod estimation_command;
mod estimation_kinds;
mod estimation_laws;
mod estimation_same_figures;
mod estimation_simulation;
mod estimation_variances;
mod export;
mod fieldwork_forecast;
mod fieldwork_representativity;
mod fit;
mod flags;
mod formats;
mod holds;
mod hostile;
mod hostile_slow;
mod invitations;
mod kept_columns;
mod lifecycle;
mod lifecycle_backup;
mod lifecycle_disk;
mod lifecycle_postgres;
mod log;
mod method;
mod office_access;
mod office_audit;
mod office_download;
mod office_log_in;
mod office_pages;
mod office_running;
mod office_weighting;
mod outages;
mod overload;
mod package;
mod pages;
mod paper_entry;
mod paper_import;
mod paper_print;
mod paper_typing;
mod plain_form;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "postgres")]
mod postgres_tls;
mod quality_enumerators;
mod quality_floods;
mod quality_indices;
mod quality_responses;
mod questionnaire;
mod questionnaire_cells;
mod questionnaire_difference;
mod questionnaire_import;
mod questionnaire_json;
mod questionnaire_properties;
mod questionnaire_rules;
mod questionnaire_warnings;
mod questionnaire_words;
mod rates;
mod readme;
mod reference;
mod reference_published;
mod release_archive;
mod release_files;
mod release_pages;
mod release_workbook;
mod releases;
mod report;
mod research;
mod respond;
mod respond_api;
mod results;
mod results_findings;
mod results_strangers;
mod results_suppressed;
mod running;
mod served;
mod store;
mod store_open;
mod stuffing;
mod support;
mod survey_files;
mod terminal;
mod tidy;
mod upgrades;
mod versions;
mod versions_answered;
mod versions_figures;
mod visits;
mod weighting_steps;
