//! Every route of the public listener on one screen, grouped by who calls it, and who may use it.

use actix_web::http::{Method, header};
use actix_web::middleware::from_fn;
use actix_web::web::{self, ServiceConfig, get, post, resource};
use actix_web::{HttpResponse, Route};

use crate::staff::Role;
use crate::web::error::{self, AppError, ErrorKind};
use crate::web::office::access::{ANYONE, Access};
use crate::web::office::paper::{compare, list, typing, upload};
use crate::web::office::{
    account, amend, audit, back_checks, devices, download, fieldwork, figures, gate, hold_changes,
    home, log_in, quality, release_changes, releases, set_up, staff, survey,
    visits as office_visits, wave,
};
use crate::web::{api, objection, questionnaire, results, site, visits};

/// Defines `ROUTES`, a table for tests, and `mount`, which builds the router from the same lines.
///
/// A line is a path, its methods as `Allow` lists them, and the handler of each method. `for ACCESS`
/// behind a handler says who may use it; without it, everyone. The office's gate checks that before the
/// handler runs.
///
/// For a known path, `OPTIONS` is answered with 204 and `Allow`, and an unknown method with 405 and
/// `Allow`. `http::guard` answers HEAD like GET.
macro_rules! routes {
    ($($path:literal: $allow:literal $(, $method:ident $handler:path $(: $access:expr)?)+;)+) => {
        /// Path patterns with their methods, in the form of `Allow`, and who may use each method.
        pub const ROUTES: &[Listed] = &[$(Listed {
            path: $path,
            allow: $allow,
            methods: &[$((stringify!($method), access!($($access)?))),+],
        }),+];

        /// Mounts the routes.
        pub fn mount(config: &mut ServiceConfig) {
            $(
                config.service(
                    resource($path)
                        $(.route(guarded($method().to($handler), access!($($access)?))))+
                        .default_service(web::to(async |method: Method| {
                            other_method(&method, $allow)
                        })),
                );
            )+
            config.default_service(web::to(error::not_found));
        }
    };
}

/// Who may use a route; everyone if nothing is written.
macro_rules! access {
    () => {
        Access::Public
    };
    ($access:expr) => {
        $access
    };
}

/// One line of the table.
#[derive(Debug, Clone, Copy)]
pub struct Listed {
    /// The pattern, such as `/s/{survey}`.
    pub path: &'static str,
    /// The methods as in the header `Allow`.
    pub allow: &'static str,
    /// Each method that has a handler (`get` or `post`), and who may use it.
    pub methods: &'static [(&'static str, Access)],
}

/// Puts the office's gate before a route, unless everyone may use it.
fn guarded(route: Route, access: Access) -> Route {
    match access {
        Access::Public => route,
        _ => route.wrap(from_fn(move |request, next| {
            gate::admit(access, request, next)
        })),
    }
}

/// Figures that are not published.
const FIGURES: Access = Access::Staff(&[Role::Statistician, Role::Publisher]);
/// Pages of fieldwork.
const FIELDWORK: Access = Access::Staff(&[Role::Statistician, Role::Publisher, Role::Supervisor]);
/// Opening, closing and extending fieldwork; visits and back-checks.
const RUNNING: Access = Access::Staff(&[Role::Statistician, Role::Supervisor]);
/// Paper forms.
const PAPER: Access = Access::Staff(&[Role::Statistician, Role::Supervisor]);
const STATISTICIAN: Access = Access::Staff(&[Role::Statistician]);
const ADMINISTRATOR: Access = Access::Staff(&[Role::Administrator]);
const AUDITOR: Access = Access::Staff(&[Role::Auditor]);

routes! {
    // Citizens.
    "/": "GET, HEAD, OPTIONS", get site::home;
    "/s/{survey}": "GET, HEAD, OPTIONS, POST", get questionnaire::page, post questionnaire::submit;
    "/s/{survey}/thanks": "GET, HEAD, OPTIONS", get questionnaire::thanks;
    "/s/{survey}/poster": "GET, HEAD, OPTIONS", get site::poster;
    // The public, journalists, auditors.
    "/results": "GET, HEAD, OPTIONS", get results::index;
    "/results.atom": "GET, HEAD, OPTIONS", get results::feed;
    "/results/{survey}": "GET, HEAD, OPTIONS", get results::survey;
    "/results/{survey}/{file}": "GET, HEAD, OPTIONS", get results::latest_file;
    "/results/{survey}/r/{n}": "GET, HEAD, OPTIONS", get results::release;
    "/results/{survey}/r/{n}/objection": "GET, HEAD, OPTIONS, POST",
        get objection::form, post objection::submit: Access::Visitor;
    "/objections/{id}": "GET, HEAD, OPTIONS", get objection::reply;
    "/results/{survey}/r/{n}/{file}": "GET, HEAD, OPTIONS", get results::release_file;
    "/calendar": "GET, HEAD, OPTIONS", get results::calendar;
    // Enumerators' devices and other programs.
    "/api/v1/responses": "OPTIONS, POST", post api::post_responses;
    "/api/v1/visits": "OPTIONS, POST", post visits::post_visits;
    "/api/v1/surveys": "GET, HEAD, OPTIONS", get api::surveys;
    "/api/v1/surveys/{survey}": "GET, HEAD, OPTIONS", get api::survey;
    "/openapi.json": "GET, HEAD, OPTIONS", get site::openapi;
    "/api": "GET, HEAD, OPTIONS", get site::api;
    "/problems/{name}": "GET, HEAD, OPTIONS", get site::problem;
    // Staff.
    "/office/login": "GET, HEAD, OPTIONS, POST",
        get log_in::page: Access::Visitor, post log_in::submit: Access::Visitor;
    "/office/enter/{token}": "GET, HEAD, OPTIONS, POST",
        get log_in::enter_page: Access::Visitor, post log_in::enter: Access::Visitor;
    "/office/set-up": "GET, HEAD, OPTIONS, POST",
        get set_up::page: Access::Enrolling, post set_up::submit: Access::Enrolling;
    "/office/logout": "OPTIONS, POST", post log_in::log_out: ANYONE;
    "/office": "GET, HEAD, OPTIONS", get home::page: ANYONE;
    "/office/account": "GET, HEAD, OPTIONS, POST",
        get account::page: ANYONE, post account::submit: ANYONE;
    "/office/staff": "GET, HEAD, OPTIONS, POST",
        get staff::page: ADMINISTRATOR, post staff::add: ADMINISTRATOR;
    "/office/staff/{name}": "OPTIONS, POST", post staff::change: ADMINISTRATOR;
    "/office/audit": "GET, HEAD, OPTIONS", get audit::page: AUDITOR;
    "/office/audit.csv": "GET, HEAD, OPTIONS", get audit::csv: AUDITOR;
    "/office/devices": "GET, HEAD, OPTIONS, POST",
        get devices::page: ADMINISTRATOR, post devices::submit: ADMINISTRATOR;
    "/office/{survey}": "GET, HEAD, OPTIONS, POST",
        get survey::page: FIELDWORK, post survey::submit: RUNNING;
    "/office/{survey}/amend": "OPTIONS, POST", post amend::submit: STATISTICIAN;
    "/office/{survey}/approval": "GET, HEAD, OPTIONS, POST",
        get wave::approval: STATISTICIAN, post wave::enter: STATISTICIAN;
    "/office/{survey}/next-wave": "GET, HEAD, OPTIONS, POST",
        get wave::next_wave: STATISTICIAN, post wave::make: STATISTICIAN;
    "/office/{survey}/preview": "GET, HEAD, OPTIONS", get wave::preview: FIELDWORK;
    "/office/{survey}/preview/form": "GET, HEAD, OPTIONS", get wave::preview_form: FIELDWORK;
    "/office/{survey}/download": "GET, HEAD, OPTIONS, POST",
        get download::page: STATISTICIAN, post download::submit: STATISTICIAN;
    "/office/{survey}/download/{file}": "GET, HEAD, OPTIONS, POST",
        get download::file_page: STATISTICIAN, post download::submit_file: STATISTICIAN;
    "/office/{survey}/fieldwork": "GET, HEAD, OPTIONS", get fieldwork::page: FIELDWORK;
    "/office/{survey}/figures": "GET, HEAD, OPTIONS", get figures::page: FIGURES;
    "/office/{survey}/figures.csv": "GET, HEAD, OPTIONS", get figures::csv: FIGURES;
    "/office/{survey}/figures.json": "GET, HEAD, OPTIONS", get figures::json_stat: FIGURES;
    "/office/{survey}/releases": "GET, HEAD, OPTIONS, POST",
        get releases::page: FIGURES, post release_changes::submit: FIGURES;
    "/office/{survey}/releases/{release}/{file}": "GET, HEAD, OPTIONS",
        get releases::file: ANYONE;
    "/office/{survey}/visits": "GET, HEAD, OPTIONS, POST",
        get office_visits::page: RUNNING, post office_visits::submit: RUNNING;
    "/office/{survey}/back-checks": "GET, HEAD, OPTIONS, POST",
        get back_checks::page: RUNNING, post back_checks::submit: RUNNING;
    "/office/{survey}/back-checks.csv": "GET, HEAD, OPTIONS", get back_checks::csv: RUNNING;
    "/office/{survey}/quality": "GET, HEAD, OPTIONS, POST",
        get quality::page: FIELDWORK, post hold_changes::submit: FIELDWORK;
    "/office/{survey}/paper": "GET, HEAD, OPTIONS", get list::page: PAPER;
    "/office/{survey}/paper/print": "GET, HEAD, OPTIONS", get list::printed: PAPER;
    "/office/{survey}/paper/template.xlsx": "GET, HEAD, OPTIONS", get list::template: PAPER;
    "/office/{survey}/paper/type": "GET, HEAD, OPTIONS, POST",
        get typing::page: PAPER, post typing::submit: PAPER;
    "/office/{survey}/paper/form/{number}": "GET, HEAD, OPTIONS, POST",
        get compare::page: PAPER, post compare::submit: PAPER;
    "/office/{survey}/paper/upload": "GET, HEAD, OPTIONS, POST",
        get upload::page: PAPER, post upload::submit: PAPER;
    // Operators and robots.
    "/healthz": "GET, HEAD, OPTIONS", get site::healthz;
    "/readyz": "GET, HEAD, OPTIONS", get site::readyz;
    "/favicon.svg": "GET, HEAD, OPTIONS", get site::favicon;
    "/robots.txt": "GET, HEAD, OPTIONS", get site::robots;
    "/assets/{file}": "GET, HEAD, OPTIONS", get site::asset;
}

/// Answers a method for which a known path has no handler.
fn other_method(method: &Method, allow: &'static str) -> Result<HttpResponse, AppError> {
    match *method {
        Method::OPTIONS => Ok(HttpResponse::NoContent()
            .insert_header((header::ALLOW, allow))
            .finish()),
        _ => Err(ErrorKind::Method(allow).into()),
    }
}
