//! A real browser, and what a respondent does with it.
//!
//! Chromium and WebKit (the engine of every browser on iOS, also of WeChat there) run in every test
//! run. Firefox runs when `MINYI_TEST_FIREFOX` is set; it needs `geckodriver` (`cargo install
//! geckodriver`) and `firefox-esr`.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use thirtyfour::{By, Capabilities, ChromiumLikeCapabilities, DesiredCapabilities, WebDriver};

/// Sizes of screens.
pub const PHONE: (u32, u32) = (360, 740);
pub const DESK: (u32, u32) = (1280, 800);

/// A browser engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    Chromium,
    WebKit,
    Firefox,
}

/// Makes one test for each engine of each function: `name::in_chromium`, `name::in_webkit`,
/// `name::in_firefox`.
macro_rules! in_every_engine {
    ($($name:ident),+ $(,)?) => {
        $(
            mod $name {
                use $crate::support::browser::Engine;

                #[test]
                fn in_chromium() {
                    super::$name(Engine::Chromium);
                }

                #[test]
                fn in_webkit() {
                    $crate::support::browser::again_after_a_crash(|| super::$name(Engine::WebKit));
                }

                #[test]
                fn in_firefox() {
                    if Engine::Firefox.is_asked_for() {
                        super::$name(Engine::Firefox);
                    }
                }
            }
        )+
    };
}
pub(crate) use in_every_engine;

/// Runs `test`, and once more if WebKit's own process crashed or hung under it.
///
/// That was seen once, in one test of a whole run. A page that crashes it each time still fails its
/// test; one that crashes it only sometimes may pass, so the crash is always printed.
pub fn again_after_a_crash(test: impl Fn() + std::panic::RefUnwindSafe) {
    let Err(panic) = std::panic::catch_unwind(&test) else {
        return;
    };
    let crashed = panic
        .downcast_ref::<String>()
        .is_some_and(|message| message.contains("session deleted because of page crash or hang"));
    if !crashed {
        std::panic::resume_unwind(panic);
    }
    // Not `println!`: the test harness shows what a test prints only if it fails.
    let said = "RETRIED: WebKit's process crashed or hung; this test runs once more\n";
    let _ = std::io::stderr().write_all(said.as_bytes());
    test();
}

impl Engine {
    /// Whether tests run in this engine; prints a line if they are skipped.
    pub fn is_asked_for(self) -> bool {
        let asked = self != Engine::Firefox || std::env::var_os("MINYI_TEST_FIREFOX").is_some();
        if !asked {
            println!(
                "SKIPPED: set MINYI_TEST_FIREFOX=1 to run this in Firefox (needs geckodriver)"
            );
        }
        asked
    }

    /// The WebDriver server of the engine, listening at `port`.
    fn driver(self, port: u16) -> Command {
        let mut command = match self {
            Engine::Chromium => Command::new("chromedriver"),
            Engine::WebKit => {
                let mut command = Command::new("WebKitWebDriver");
                // WebKitGTK has no headless mode, so it gets a virtual display.
                command
                    .env("DISPLAY", display())
                    .env_remove("WAYLAND_DISPLAY");
                command
            }
            Engine::Firefox => Command::new("geckodriver"),
        };
        command.arg(format!("--port={port}"));
        command
    }

    fn capabilities(self, (width, height): (u32, u32), arguments: &[&str]) -> Capabilities {
        match self {
            Engine::Chromium => chromium((width, height), arguments),
            Engine::WebKit => {
                let mut wishes = Capabilities::new();
                wishes.set("browserName", "MiniBrowser").unwrap();
                let options = json!({"binary": mini_browser(), "args": ["--automation"]});
                wishes.set("webkitgtk:browserOptions", options).unwrap();
                wishes
            }
            Engine::Firefox => {
                let mut wishes = Capabilities::new();
                wishes.set("browserName", "firefox").unwrap();
                let width = format!("--width={width}");
                let height = format!("--height={height}");
                let options =
                    json!({"binary": "/usr/bin/firefox-esr", "args": ["-headless", width, height]});
                wishes.set("moz:firefoxOptions", options).unwrap();
                wishes
            }
        }
    }
}

fn chromium((width, height): (u32, u32), arguments: &[&str]) -> Capabilities {
    let mut wishes = DesiredCapabilities::chrome();
    for argument in [
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--disable-dev-shm-usage",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--hide-scrollbars",
        "--enable-features=BackForwardCache",
        &format!("--window-size={width},{height}"),
    ] {
        wishes.add_arg(argument).unwrap();
    }
    arguments
        .iter()
        .for_each(|argument| wishes.add_arg(argument).unwrap());
    // Every phone has a back-forward cache; the driver would turn it off.
    wishes
        .add_experimental_option("excludeSwitches", json!(["disable-back-forward-cache"]))
        .unwrap();
    // Without script an emulated tap never ends, so the window is narrow instead.
    if width < 600 && arguments.is_empty() {
        let phone = json!({"deviceMetrics": {"width": width, "height": height, "pixelRatio": 2, "touch": true}});
        wishes
            .add_experimental_option("mobileEmulation", phone)
            .unwrap();
    }
    wishes.into()
}

/// The browser that comes with WebKitGTK (Debian's `libwebkit2gtk-4.1-0`).
fn mini_browser() -> String {
    let places = std::fs::read_dir("/usr/lib").unwrap();
    let place = places
        .map(|entry| entry.unwrap().path().join("webkit2gtk-4.1/MiniBrowser"))
        .find(|browser| browser.exists());
    let place = place.expect("MiniBrowser is installed (apt-get install webkit2gtk-driver)");
    place.to_str().unwrap().to_owned()
}

/// A display for this test run, such as `:99`.
#[expect(clippy::zombie_processes, reason = "it lives as long as the test run")]
fn display() -> &'static str {
    static DISPLAY: OnceLock<String> = OnceLock::new();
    DISPLAY.get_or_init(|| {
        // The shell stops the display when its input closes, that is when this process ends.
        let script =
            "Xvfb -displayfd 1 -screen 0 1400x1000x24 -nolisten tcp -noreset & cat >/dev/null; kill $!";
        let mut server = Command::new("sh")
            .args(["-c", script])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::mem::forget(server.stdin.take());
        let mut number = String::new();
        BufReader::new(server.stdout.take().unwrap())
            .read_line(&mut number)
            .unwrap();
        assert!(!number.is_empty(), "Xvfb is installed (apt-get install xvfb)");
        format!(":{}", number.trim())
    })
}

pub struct Browser {
    runtime: tokio::runtime::Runtime,
    driver: Option<WebDriver>,
    process: Child,
}

#[allow(dead_code, reason = "verbs of a browser that not every promise needs")]
impl Browser {
    /// Chromium.
    pub fn open(size: (u32, u32)) -> Browser {
        Browser::open_in(Engine::Chromium, size)
    }

    pub fn open_in(engine: Engine, size: (u32, u32)) -> Browser {
        Browser::with(engine, size, &[])
    }

    pub fn without_script(size: (u32, u32)) -> Browser {
        Browser::with(
            Engine::Chromium,
            size,
            &["--blink-settings=scriptEnabled=false"],
        )
    }

    /// With the text size of the browser's settings, in pixels; the default is 16.
    pub fn with_text(size: (u32, u32), pixels: u32) -> Browser {
        let browser = Browser::open(size);
        let sizes = json!({"fontSizes": {"standard": pixels, "fixed": pixels}});
        browser.devtools("Page.setFontSizes", sizes);
        browser
    }

    fn with(engine: Engine, (width, height): (u32, u32), arguments: &[&str]) -> Browser {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        let process = engine
            .driver(port)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("the driver of {engine:?} is installed: {error}"));
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let wishes = engine.capabilities((width, height), arguments);
        let address = format!("http://127.0.0.1:{port}");
        let started = Instant::now();
        let driver = loop {
            match runtime.block_on(WebDriver::new(address.as_str(), wishes.clone())) {
                Ok(driver) => break driver,
                Err(error) if started.elapsed() > Duration::from_secs(60) => {
                    panic!("{engine:?}: {error}")
                }
                Err(_) => std::thread::sleep(Duration::from_millis(200)),
            }
        };
        if engine == Engine::WebKit {
            runtime
                .block_on(driver.set_window_rect(0, 0, width, height))
                .unwrap();
        }
        Browser {
            runtime,
            driver: Some(driver),
            process,
        }
    }

    fn driver(&self) -> &WebDriver {
        self.driver.as_ref().unwrap()
    }

    pub fn go(&self, address: &str) {
        self.runtime.block_on(self.driver().goto(address)).unwrap();
    }

    /// What `script` returns.
    pub fn run(&self, script: &str) -> Value {
        let answer = self
            .runtime
            .block_on(self.driver().execute(script, Vec::new()));
        answer
            .unwrap_or_else(|error| panic!("{script}: {error}"))
            .json()
            .clone()
    }

    /// What `script` passes to its last argument, a callback.
    pub fn run_async(&self, script: &str) -> Value {
        let answer = self
            .runtime
            .block_on(self.driver().execute_async(script, Vec::new()));
        answer
            .unwrap_or_else(|error| panic!("{script}: {error}"))
            .json()
            .clone()
    }

    pub fn text(&self, selector: &str) -> String {
        let script =
            format!("var n = document.querySelector('{selector}'); return n ? n.textContent : ''");
        self.run(&script).as_str().unwrap().to_owned()
    }

    pub fn is_shown(&self, selector: &str) -> bool {
        let script = format!(
            "var n = document.querySelector('{selector}'); return !!n && n.getClientRects().length > 0"
        );
        self.run(&script) == Value::Bool(true)
    }

    /// A tap as by a finger. The driver refuses it if something covers the element.
    pub fn tap(&self, selector: &str) {
        self.run(&format!(
            "document.querySelector(\"{selector}\").scrollIntoView({{block: 'center'}})"
        ));
        let tapped = self
            .runtime
            .block_on(async { self.driver().find(By::Css(selector)).await?.click().await });
        tapped.unwrap_or_else(|error| panic!("{selector}: {error}"));
    }

    pub fn press(&self, selector: &str, keys: &str) {
        let pressed = self.runtime.block_on(async {
            self.driver()
                .find(By::Css(selector))
                .await?
                .send_keys(keys)
                .await
        });
        pressed.unwrap_or_else(|error| panic!("{selector}: {error}"));
    }

    pub fn back(&self) {
        self.runtime.block_on(self.driver().back()).unwrap();
    }

    /// Closes the tab, as a phone does when memory is short, and opens a new one.
    pub fn new_tab_after_killing_this(&self) {
        self.runtime.block_on(async {
            let driver = self.driver();
            let old = driver.window().await.unwrap();
            let new = driver.new_tab().await.unwrap();
            driver.switch_to_window(old).await.unwrap();
            driver.close_window().await.unwrap();
            driver.switch_to_window(new).await.unwrap();
        });
    }

    pub fn devtools(&self, command: &str, parameters: Value) -> Value {
        let tools = self.driver().cdp();
        self.runtime
            .block_on(tools.send_raw(command, parameters))
            .unwrap()
    }

    pub fn dark(&self) {
        let dark = json!({"features": [{"name": "prefers-color-scheme", "value": "dark"}]});
        self.devtools("Emulation.setEmulatedMedia", dark);
    }

    pub fn pause(&self, milliseconds: u64) {
        std::thread::sleep(Duration::from_millis(milliseconds));
    }

    /// Waits until `script` returns true.
    pub fn wait_until(&self, what: &str, script: &str) {
        let started = Instant::now();
        while self.run(script) != Value::Bool(true) {
            assert!(
                started.elapsed() < Duration::from_secs(40),
                "waited in vain until {what}: {}",
                self.run("return location.href + ' ' + document.body.innerText")
            );
            self.pause(50);
        }
    }

    pub fn is_at(&self, heading: &str) -> bool {
        self.text(".step:not([hidden]) > h2") == heading
    }

    /// Answers every question of the step that has no answer with its choice number `pick`, by tap.
    pub fn answer_step(&self, pick: usize) {
        self.run(&format!(
            "var touch = new Event('touchstart', {{bubbles: true}});
             [].forEach.call(document.querySelectorAll('.step:not([hidden]) [data-q]'), function (q) {{
               var fields = q.querySelectorAll('[name]'), i = fields[Math.min({pick}, fields.length - 1)];
               if (q.hidden || q.querySelector(':checked:not(option)')) return;
               if (/radio|checkbox/.test(i.type)) i.click();
               else {{
                 if (i.options) i.selectedIndex = 2; else i.value = i.inputMode ? '3' : '样品';
                 i.dispatchEvent(new Event('input', {{bubbles: true}}));
                 i.dispatchEvent(new Event('change', {{bubbles: true}}));
               }}
             }})"
        ));
    }

    /// Goes to the next step, also past the warning for people who answer as fast as a test.
    pub fn next(&self) {
        let place = "return (history.state || {}).at";
        let before = self.run(place);
        // Two taps within 0.3 s count as one.
        self.pause(400);
        self.tap("#next");
        if self.run(place) == before && self.is_shown("#state") {
            self.tap("#next");
        }
    }

    /// From the front page to the review.
    pub fn walk_to_review(&self, pick: usize) {
        self.tap("#start");
        // The first answers of the first step are those of an adult who lives here.
        self.answer_step(0);
        self.next();
        for _ in 0..40 {
            if self.is_shown("#s-review") {
                return;
            }
            self.answer_step(pick);
            self.next();
        }
        panic!("no review: {}", self.run("return document.body.innerText"));
    }

    pub fn send(&self) {
        self.pause(400);
        self.tap("#send");
    }

    pub fn wait_for_receipt(&self) {
        self.wait_until(
            "there is a receipt",
            "return /thanks/.test(location.pathname)",
        );
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        if let Some(driver) = self.driver.take() {
            let _ = self.runtime.block_on(driver.quit());
        }
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
