//! A page of another origin, in a real browser, sends nothing in its visitor's name.

use std::io::{Read, Write};
use std::net::TcpListener;

use crate::support::browser::{Browser, DESK};
use crate::support::form;
use crate::support::site::{Site, complete};

/// Serves `page` on a port of its own until the test ends; returns the port.
fn other_site(page: String) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let page = page.clone();
            // A browser also opens connections on which it sends nothing yet.
            std::thread::spawn(move || {
                let mut head = [0; 4096];
                let _ = stream.read(&mut head);
                let _ = write!(
                    stream,
                    "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\
                     Content-Length: {}\r\nConnection: close\r\n\r\n{page}",
                    page.len()
                );
            });
        }
    });
    port
}

#[test]
fn another_site_cannot_fill_in_the_questionnaire_of_its_visitors() {
    let site = Site::start("another-site");
    let target = format!("http://{}/s/satisfaction-2026", site.server.address);
    let fields: String = complete()
        .iter()
        .map(|(name, value)| format!("<input type=hidden name='{name}' value='{value}'>"))
        .collect();
    let page = format!(
        "<!DOCTYPE html><meta name=referrer content=no-referrer><title>other</title>\
         <form id=plain method=post action='{target}'>{fields}</form>\
         <form id=text method=post action='{target}' enctype='text/plain'>{fields}</form>\
         <form id=window method=post action='{target}' target=_blank>{fields}</form>\
         <iframe name=inside></iframe>\
         <form id=frame method=post action='{target}' target=inside>{fields}</form>\
         <a id=link href='{target}'>link</a>"
    );
    let port = other_site(page);
    let browser = Browser::open(DESK);
    let body = form(&complete());
    // `localhost` is another site than `127.0.0.1`; another port is another origin of the same site.
    for host in ["localhost", "127.0.0.1"] {
        let other = format!("http://{host}:{port}/");
        for sent_by in ["plain", "text", "window", "frame"] {
            browser.go(&other);
            browser.run(&format!("document.getElementById('{sent_by}').submit()"));
            browser.pause(300);
        }
        browser.go(&other);
        for options in [
            "mode: 'no-cors'",
            "mode: 'no-cors', keepalive: true",
            "mode: 'cors'",
        ] {
            let send = format!(
                "var done = arguments[arguments.length - 1]; fetch('{target}', {{method: 'POST', \
                 {options}, body: new URLSearchParams('{body}')}}).then(done, done)"
            );
            browser.run_async(&send);
        }
        browser.run(&format!(
            "navigator.sendBeacon('{target}', new URLSearchParams('{body}'))"
        ));
        browser.pause(300);
        assert_eq!(site.stored().len(), 0, "{host}");
        // A link of another site still leads to the questionnaire.
        browser.go(&other);
        browser.tap("#link");
        browser.wait_until(
            "the questionnaire",
            "return !!document.getElementById('start')",
        );
    }
    // The control: the same form from the site's own origin is stored.
    browser.go(&target);
    let own = format!(
        "var done = arguments[arguments.length - 1]; fetch(location.href, {{method: 'POST', body: \
         new URLSearchParams('{body}')}}).then(function (r) {{ done(r.status) }}, done)"
    );
    assert_eq!(browser.run_async(&own), 200);
    assert_eq!(site.stored().len(), 1);
}
