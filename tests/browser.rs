//! A citizen at a real browser: Debian's Chromium, phone and desk, with and without script.

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use thirtyfour::prelude::*;

use crate::respond::{Site, complete};

/// A chromedriver of a test's own.
struct Driver {
    child: Child,
    address: String,
}

impl Driver {
    fn start() -> Option<Driver> {
        let port = std::net::TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let child = Command::new("chromedriver")
            .arg(format!("--port={port}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        let Ok(child) = child else {
            println!("SKIPPED: there is no chromedriver; `bash tests/run` installs one");
            return None;
        };
        let address = format!("127.0.0.1:{port}");
        for _ in 0..100 {
            if std::net::TcpStream::connect(&address).is_ok() {
                break;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Some(Driver { child, address })
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs `journey` in a browser window of that size.
fn browse<F>(size: (u32, u32), script: bool, journey: impl FnOnce(WebDriver) -> F)
where
    F: Future<Output = WebDriverResult<()>>,
{
    let Some(driver) = Driver::start() else { return };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let mut capabilities = DesiredCapabilities::chrome();
        for argument in [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--disable-dev-shm-usage",
        ] {
            capabilities.add_arg(argument).unwrap();
        }
        if !script {
            capabilities
                .add_arg("--blink-settings=scriptEnabled=false")
                .unwrap();
        }
        let browser = WebDriver::new(format!("http://{}", driver.address), capabilities)
            .await
            .unwrap();
        browser.set_window_rect(0, 0, size.0, size.1).await.unwrap();
        let outcome = journey(browser.clone()).await;
        if outcome.is_err()
            && let Ok(folder) = std::env::var("MINYI_SCREENSHOTS")
        {
            let _ = browser
                .screenshot(std::path::Path::new(&folder).join("failed.png").as_path())
                .await;
        }
        let _ = browser.quit().await;
        outcome.unwrap();
    });
}

/// Takes a picture where `MINYI_SCREENSHOTS` names a folder.
async fn picture(browser: &WebDriver, name: &str) {
    if let Ok(folder) = std::env::var("MINYI_SCREENSHOTS") {
        browser
            .screenshot(std::path::Path::new(&folder).join(name).as_path())
            .await
            .unwrap();
    }
}

/// Chooses an answer wherever the browser shows it.
async fn choose(browser: &WebDriver, name: &str, value: &str) -> WebDriverResult<()> {
    if name == "area" {
        return browser
            .find(By::Css(format!("select[name=area] option[value='{value}']")))
            .await?
            .click()
            .await;
    }
    let row = browser
        .find(By::XPath(format!(
            "//label[input[@name='{name}' and @value='{value}']]"
        )))
        .await?;
    row.scroll_into_view().await?;
    row.click().await
}

/// Goes through the questionnaire step by step, as the script shows it, up to the review.
async fn step_through(browser: &WebDriver, fields: &[(&str, &str)]) -> WebDriverResult<()> {
    browser.find(By::Id("start")).await?.click().await?;
    for _ in 0..40 {
        if browser.find(By::Id("send")).await?.is_displayed().await? {
            return Ok(());
        }
        for (name, value) in fields {
            let shown = match browser.find(By::Css(format!("[data-q='{name}']"))).await {
                Ok(question) => question.is_displayed().await?,
                Err(_) => false,
            };
            if shown {
                choose(browser, name, value).await?;
            }
        }
        let next = browser.find(By::Id("next")).await?;
        next.scroll_into_view().await?;
        next.click().await?;
    }
    Ok(())
}

async fn wait_for_receipt(browser: &WebDriver) -> WebDriverResult<String> {
    for _ in 0..100 {
        if browser.current_url().await?.path().ends_with("/thanks") {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    browser.find(By::Tag("main")).await?.text().await
}

#[test]
fn a_citizen_with_a_phone_answers_step_by_step_and_is_number_one() {
    let site = Site::start("phone");
    let address = format!("http://{}/s/satisfaction-2026?c=qr-1", site.server.address);
    browse((360, 740), true, |browser| async move {
        browser.goto(&address).await?;
        picture(&browser, "phone-start.png").await;
        browser.find(By::Id("start")).await?.click().await?;
        browser.find(By::Id("next")).await?.click().await?;
        picture(&browser, "phone-fault.png").await;
        assert!(
            browser.find(By::Css(".err")).await?.is_displayed().await?,
            "an empty page is not passed"
        );
        browser.back().await?;
        step_through(&browser, &complete()).await?;
        picture(&browser, "phone-review.png").await;
        browser.find(By::Id("send")).await?.click().await?;
        let receipt = wait_for_receipt(&browser).await?;
        picture(&browser, "phone-receipt.png").await;
        assert!(receipt.contains("第 1 份"), "{receipt}");
        Ok(())
    });
    let rows = site.stored();
    assert_eq!(rows.len(), 1);
    assert_eq!(
        (rows[0]["channel"].as_str(), rows[0]["a1"].as_str()),
        ("qr-1", "4")
    );
    assert!(
        rows[0]["duration"].parse::<u32>().is_ok(),
        "the time it took is known"
    );
}

#[test]
fn without_script_at_a_desk_a_forgotten_answer_brings_the_page_back_with_all_others() {
    let site = Site::start("desk");
    let address = format!("http://{}/s/satisfaction-2026", site.server.address);
    browse((1280, 800), false, |browser| async move {
        browser.goto(&address).await?;
        for (name, value) in complete().iter().filter(|(name, _)| *name != "b2") {
            choose(&browser, name, value).await?;
        }
        let send = browser.find(By::Id("send")).await?;
        send.scroll_into_view().await?;
        send.click().await?;
        let summary = browser.find(By::Css("[role=alert]")).await?;
        assert!(summary.is_displayed().await?);
        picture(&browser, "desk-faults.png").await;
        assert_eq!(
            summary.find_all(By::Tag("a")).await?.len(),
            1,
            "one fault, one link"
        );
        let kept = browser.find_all(By::Css("input:checked")).await?.len();
        assert_eq!(kept, complete().len() - 2, "every other choice is kept");
        choose(&browser, "b2", "2").await?;
        let send = browser.find(By::Id("send")).await?;
        send.scroll_into_view().await?;
        send.click().await?;
        let receipt = wait_for_receipt(&browser).await?;
        assert!(receipt.contains("第 1 份"), "{receipt}");
        Ok(())
    });
    assert_eq!(site.stored()[0]["b2"], "2");
}

#[test]
fn a_draft_survives_a_closed_page_and_answers_wait_on_the_phone_while_the_server_is_away() {
    let scratch = crate::support::Scratch::new("away");
    let data = scratch.0.to_str().unwrap().to_owned();
    let first = crate::support::Server::start(&["serve", "--data", &data, "--surveys", "surveys"]);
    let address = first.address.clone();
    let url = format!("http://{address}/s/satisfaction-2026?lang=en");
    browse((360, 740), true, |browser| async move {
        browser.goto(&url).await?;
        browser.find(By::Id("start")).await?.click().await?;
        for (name, value) in [
            ("adult", "yes"),
            ("residence", "over"),
            ("area", "411702"),
            ("urban", "rural"),
        ] {
            choose(&browser, name, value).await?;
        }
        browser.find(By::Id("next")).await?.click().await?;
        // The page is gone and comes back: the draft is offered.
        browser.goto("about:blank").await?;
        browser.goto(&url).await?;
        let resume = browser.find(By::Id("resume-yes")).await?;
        assert!(resume.is_displayed().await?, "the draft is offered");
        resume.click().await?;
        browser.find(By::Id("back")).await?.click().await?;
        browser.goto(&url).await?;
        browser.find(By::Id("resume-no")).await?.click().await?;
        step_through(&browser, &complete()).await?;
        first.kill();
        browser.find(By::Id("send")).await?.click().await?;
        let state = browser.find(By::Id("state")).await?;
        for _ in 0..100 {
            if state.text().await?.contains("Not sent yet") {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        assert!(state.text().await?.contains("Not sent yet"), "an honest state");
        picture(&browser, "phone-away.png").await;
        // The server is back on the same address; the page sends by itself.
        let second =
            crate::support::Server::start_at(&address, &["serve", "--data", &data, "--surveys", "surveys"]);
        for _ in 0..400 {
            if browser.current_url().await?.path().ends_with("/thanks") {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let receipt = wait_for_receipt(&browser).await?;
        assert!(receipt.contains("number 1"), "{receipt}");
        drop(second);
        Ok(())
    });
    assert_eq!(crate::respond::stored(&scratch, "satisfaction-2026").len(), 1);
}
