//! Every route of the public listener on one screen, grouped by who calls it.

use actix_web::HttpResponse;
use actix_web::http::{Method, header};
use actix_web::web::{self, ServiceConfig, get, post, resource};

use crate::web::error::{self, AppError, ErrorKind};
use crate::web::{api, questionnaire, results, site};

/// Makes `ROUTES`, the table that tests walk, and `mount`, which builds the router from it.
///
/// A path with a method that it does not have is answered with 405 and `Allow`, `OPTIONS` with 204 and
/// `Allow`. Every GET answers HEAD (`http::guard`).
macro_rules! routes {
    ($($path:literal: $allow:literal $(, $method:ident $handler:path)+;)+) => {
        /// Path patterns and the methods that each takes, as `Allow` names them.
        pub const ROUTES: &[(&str, &str)] = &[$(($path, $allow)),+];

        /// Mounts the routes.
        pub fn mount(config: &mut ServiceConfig) {
            $(
                config.service(
                    resource($path)
                        $(.route($method().to($handler)))+
                        .default_service(web::to(async |method: Method| other_method(&method, $allow))),
                );
            )+
            config.default_service(web::to(error::not_found));
        }
    };
}

routes! {
    // Citizens.
    "/": "GET, HEAD, OPTIONS", get site::home;
    "/s/{survey}": "GET, HEAD, OPTIONS, POST", get questionnaire::page, post questionnaire::submit;
    "/s/{survey}/thanks": "GET, HEAD, OPTIONS", get questionnaire::thanks;
    "/s/{survey}/poster": "GET, HEAD, OPTIONS", get site::poster;
    // The public, journalists, auditors.
    "/results": "GET, HEAD, OPTIONS", get results::index;
    "/results/{survey}": "GET, HEAD, OPTIONS", get results::survey;
    // Enumerators' devices and other programs.
    "/api/v1/responses": "OPTIONS, POST", post api::post_responses;
    "/api/v1/surveys": "GET, HEAD, OPTIONS", get api::surveys;
    "/api/v1/surveys/{survey}": "GET, HEAD, OPTIONS", get api::survey;
    "/openapi.json": "GET, HEAD, OPTIONS", get site::openapi;
    "/api": "GET, HEAD, OPTIONS", get site::api;
    "/problems/{name}": "GET, HEAD, OPTIONS", get site::problem;
    // Operators and robots.
    "/healthz": "GET, HEAD, OPTIONS", get site::healthz;
    "/readyz": "GET, HEAD, OPTIONS", get site::readyz;
    "/favicon.svg": "GET, HEAD, OPTIONS", get site::favicon;
    "/robots.txt": "GET, HEAD, OPTIONS", get site::robots;
    "/assets/{file}": "GET, HEAD, OPTIONS", get site::asset;
}

/// The answer to a method that a known path does not have.
fn other_method(method: &Method, allow: &'static str) -> Result<HttpResponse, AppError> {
    match *method {
        Method::OPTIONS => Ok(HttpResponse::NoContent()
            .insert_header((header::ALLOW, allow))
            .finish()),
        _ => Err(ErrorKind::Method(allow).into()),
    }
}
