//! Many respondents at once: each sends forms of 40 answers, sends again after a 503 as a phone
//! does, and keeps a journal of what was acknowledged, which is compared with the database.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use minyi::collection::InvitationCode;
use minyi::store::{Leaf, Store, StoredResponse};
use sha2::{Digest, Sha256};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use uuid::Uuid;

/// The survey that they answer.
pub const SURVEY: &str = "crowd-2026";

const SCALES: usize = 39;

/// Writes a folder of surveys with [`SURVEY`]: 39 scales and a text, open on any day.
pub fn write_survey(folder: &Path) {
    let mut file = String::from(
        "survey = \"crowd\"\nwave = \"2026\"\ntitle.zh = \"测试\"\ntitle.en = \"Test\"\n\
         form_number = \"试01表\"\nagency = \"测试市统计局\"\napproval_number = \"\"\n\
         valid_until = \"2099-12\"\nopens = \"2020-01-01\"\ncloses = \"2099-12-31\"\n\n\
         [choices.satisfaction]\n",
    );
    for code in 1..=5 {
        file.push_str(&format!(
            "{code}.zh = \"{code}分\"\n{code}.en = \"{code} points\"\n"
        ));
    }
    file.push_str("\n[[section]]\ncode = \"s\"\ntitle.zh = \"一\"\ntitle.en = \"One\"\n");
    for number in 0..SCALES {
        file.push_str(&format!(
            "\n[[section.question]]\ncode = \"item_of_satisfaction_{number:02}\"\n\
             kind = \"single\"\nchoices = \"satisfaction\"\ntext.zh = \"第{number}项\"\n\
             text.en = \"Item {number}\"\nrequired = true\n"
        ));
    }
    file.push_str(
        "\n[[section.question]]\ncode = \"opinion\"\nkind = \"text\"\nmax_length = 200\n\
         text.zh = \"意见\"\ntext.en = \"Opinion\"\n",
    );
    let folder = folder.join(SURVEY);
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("questionnaire.toml"), file).unwrap();
}

/// The form of one respondent; its answers follow from the id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Form {
    pub id: Uuid,
    /// Number of the invitation that it spends.
    pub invitation: Option<u64>,
}

/// The code with this number; no two numbers have the same.
pub fn code(number: u64) -> InvitationCode {
    InvitationCode::from_bits(number.wrapping_mul(0x9E37_79B9_7F4A_7C15))
}

impl Form {
    /// A form with an id that grows with time, as the page's script makes it, or a random one.
    pub fn new(ordered: bool) -> Form {
        Form {
            id: if ordered {
                Uuid::now_v7()
            } else {
                Uuid::new_v4()
            },
            invitation: None,
        }
    }

    fn answer(&self, number: usize) -> u8 {
        1 + (self.id.as_bytes()[number % 16].rotate_left((number / 16) as u32)) % 5
    }

    /// The form as it is posted, about 1.2 KB.
    pub fn body(&self) -> String {
        let mut body = String::with_capacity(1400);
        for number in 0..SCALES {
            body.push_str("item_of_satisfaction_");
            body.push(char::from(b'0' + (number / 10) as u8));
            body.push(char::from(b'0' + (number % 10) as u8));
            body.push('=');
            body.push(char::from(b'0' + self.answer(number)));
            body.push('&');
        }
        let mut text = [0; 36];
        let id = &*self.id.hyphenated().encode_lower(&mut text);
        // 路灯坏了 and the id.
        body.push_str("opinion=%E8%B7%AF%E7%81%AF%E5%9D%8F%E4%BA%86+");
        body.push_str(id);
        body.push_str("&channel=poster-7&response_id=");
        body.push_str(id);
        if let Some(number) = self.invitation {
            body.push_str("&invitation=");
            body.push_str(code(number).as_str());
        }
        body
    }

    /// The answers as the store must have them.
    pub fn stored(&self) -> String {
        let scales = (0..SCALES).map(|number| {
            format!(
                "\"item_of_satisfaction_{number:02}\":{},",
                self.answer(number)
            )
        });
        format!(
            "{{{}\"opinion\":\"路灯坏了 {}\"}}",
            scales.collect::<String>(),
            self.id
        )
    }
}

/// The answers that respondents got.
#[derive(Debug, Default)]
pub struct Journal {
    /// Every response that was acknowledged.
    pub acknowledged: Vec<Form>,
    /// Sent, but without an answer: stored or not.
    pub open: Vec<Form>,
    /// Connections that were refused or broken.
    pub cut: u64,
    /// Answers by status.
    pub statuses: HashMap<u16, u64>,
    /// Microseconds from the first byte sent to the last byte received, for each acknowledgement.
    pub latencies: Vec<u32>,
}

impl Journal {
    pub fn merge(&mut self, other: Journal) {
        self.acknowledged.extend(other.acknowledged);
        self.open.extend(other.open);
        self.latencies.extend(other.latencies);
        self.cut += other.cut;
        for (status, n) in other.statuses {
            *self.statuses.entry(status).or_default() += n;
        }
    }

    /// The quantile `share` (0 to 1) of the latencies, microseconds.
    #[allow(
        dead_code,
        reason = "not every program that includes this file prints it"
    )]
    pub fn latency(&mut self, share: f64) -> u32 {
        self.latencies.sort_unstable();
        let at = (self.latencies.len() as f64 * share) as usize;
        self.latencies
            .get(at.min(self.latencies.len().saturating_sub(1)))
            .copied()
            .unwrap_or(0)
    }

    /// Asserts that every response that was acknowledged is stored as it was sent, once, and in the
    /// log. Only responses to [`SURVEY`] after the leaf `after` are read.
    pub fn assert_kept(&self, store: &Store, after: i64) -> Kept {
        let acknowledged: HashMap<Uuid, [u8; 32]> = self
            .acknowledged
            .iter()
            .map(|form| (form.id, digest(&form.stored())))
            .collect();
        let mut missing: HashSet<Uuid> = acknowledged.keys().copied().collect();
        let mut ids = HashSet::new();
        let mut contradictions = Vec::new();
        let mut found = Kept {
            n_responses: 0,
            last: after,
        };
        loop {
            let page: Vec<StoredResponse> = store.scan(SURVEY, found.last, 1000).unwrap();
            let Some(end) = page.last() else { break };
            let n_leaves = end.leaf_index - found.last;
            let leaves = store.leaves(found.last + 1, n_leaves).unwrap();
            if leaves.len() as i64 != n_leaves {
                contradictions.push(format!("{} leaves after {}", leaves.len(), found.last));
            }
            let leaves: HashMap<i64, Leaf> =
                leaves.into_iter().map(|leaf| (leaf.idx, leaf)).collect();
            for row in &page {
                let id = Uuid::parse_str(&row.id).unwrap();
                let leaf = leaves.get(&row.leaf_index);
                let mut wrong = |what: &str| contradictions.push(format!("{id} {what}"));
                if !leaf.is_some_and(|leaf| row.is_logged_by(leaf)) {
                    wrong("is not in the log at its leaf");
                }
                if !ids.insert(id) {
                    wrong("is stored twice");
                }
                if row.answers
                    != (Form {
                        id,
                        invitation: None,
                    })
                    .stored()
                {
                    wrong("has other answers than were sent");
                }
                if acknowledged
                    .get(&id)
                    .is_some_and(|hash| *hash != digest(&row.answers))
                {
                    wrong("has other answers than were acknowledged");
                }
                missing.remove(&id);
            }
            found.n_responses += page.len() as u64;
            found.last = end.leaf_index;
        }
        let lost = missing.into_iter();
        contradictions.extend(lost.map(|id| format!("{id} was acknowledged and is lost")));
        assert!(contradictions.is_empty(), "{}", contradictions.join("\n"));
        found
    }
}

/// The responses that were compared with a journal.
pub struct Kept {
    /// Their number.
    pub n_responses: u64,
    /// The leaf of the last one.
    pub last: i64,
}

fn digest(answers: &str) -> [u8; 32] {
    Sha256::digest(answers).into()
}

/// Respondents, and how they send.
#[derive(Debug, Clone)]
pub struct Crowd {
    /// Addresses such as `127.0.0.1:8080`. Respondents are spread over them.
    pub addresses: Vec<String>,
    pub connections: usize,
    /// Whether ids grow with time.
    pub ordered: bool,
    /// Time after a 503 until the form is sent again.
    pub patience: Duration,
    /// The number of the next invitation, if each form spends one.
    pub invitations: Option<Arc<AtomicU64>>,
}

impl Crowd {
    /// A crowd with this number of connections to one address. Ids grow with time, and a form is
    /// sent again 20 milliseconds after a 503.
    #[allow(dead_code, reason = "the load tool makes its own")]
    pub fn at(address: &str, connections: usize) -> Crowd {
        Crowd {
            addresses: vec![address.to_owned()],
            connections,
            ordered: true,
            patience: Duration::from_millis(20),
            invitations: None,
        }
    }

    /// Sends from a new thread until [`Playing::stop`]; `again` first.
    #[allow(dead_code, reason = "the load tool has its own threads")]
    pub fn start(&self, again: Vec<Form>) -> Playing {
        let stop = Arc::new(AtomicBool::new(false));
        let (crowd, stopped) = (self.clone(), Arc::clone(&stop));
        let journal = std::thread::spawn(move || crowd.play(again, &stopped));
        Playing { stop, journal }
    }

    /// Sends new forms for `time`.
    #[allow(dead_code, reason = "the load tool has its own threads")]
    pub fn play_for(&self, time: Duration) -> Journal {
        let playing = self.start(Vec::new());
        std::thread::sleep(time);
        playing.stop()
    }

    /// Sends `again` first (forms without an answer from an earlier server), then new forms, until
    /// `stop` is set or the server has ended.
    pub fn play(&self, again: Vec<Form>, stop: &Arc<AtomicBool>) -> Journal {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let mut again: Vec<Vec<Form>> = split(again, self.connections);
        runtime.block_on(async {
            let mut players = Vec::new();
            for number in 0..self.connections {
                let address = self.addresses[number % self.addresses.len()].clone();
                let (crowd, stop, again) = (
                    self.clone(),
                    Arc::clone(stop),
                    again.pop().unwrap_or_default(),
                );
                players.push(tokio::spawn(async move {
                    crowd.respondent(&address, again, &stop).await
                }));
            }
            let mut journal = Journal::default();
            for player in players {
                journal.merge(player.await.unwrap());
            }
            journal
        })
    }

    async fn respondent(&self, address: &str, mut again: Vec<Form>, stop: &AtomicBool) -> Journal {
        let mut journal = Journal::default();
        let Ok(mut connection) = Connection::open(address).await else {
            journal.open = again;
            journal.cut = 1;
            return journal;
        };
        while !stop.load(Ordering::Relaxed) {
            let form = again.pop().unwrap_or_else(|| {
                let next = self.invitations.as_ref();
                Form {
                    invitation: next.map(|next| next.fetch_add(1, Ordering::Relaxed)),
                    ..Form::new(self.ordered)
                }
            });
            let request = request(address, &form.body());
            let began = Instant::now();
            loop {
                let Ok(status) = connection.exchange(&request).await else {
                    // The server ended before it answered.
                    journal.open.push(form);
                    journal.open.extend(again);
                    journal.cut = 1;
                    return journal;
                };
                *journal.statuses.entry(status).or_default() += 1;
                match status {
                    200 | 201 | 303 => {
                        journal.acknowledged.push(form);
                        journal.latencies.push(began.elapsed().as_micros() as u32);
                    }
                    // 408: the body arrived too late for a server that is being stopped.
                    408 | 503 if !stop.load(Ordering::Relaxed) => {
                        tokio::time::sleep(self.patience).await;
                        continue;
                    }
                    408 | 503 => journal.open.push(form),
                    other => panic!("a form was answered with {other}"),
                }
                break;
            }
        }
        journal.open.extend(again);
        journal
    }
}

/// A crowd that is sending.
#[allow(dead_code, reason = "the load tool has its own threads")]
pub struct Playing {
    stop: Arc<AtomicBool>,
    journal: std::thread::JoinHandle<Journal>,
}

#[allow(dead_code, reason = "the load tool has its own threads")]
impl Playing {
    /// Lets every respondent finish the form it is sending, and returns their journal.
    pub fn stop(self) -> Journal {
        self.stop.store(true, Ordering::Relaxed);
        self.journal.join().unwrap()
    }
}

/// `POST` of a form to [`SURVEY`].
pub fn request(address: &str, body: &str) -> Vec<u8> {
    let head = format!(
        "POST /s/{SURVEY} HTTP/1.1\r\nHost: {address}\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body.as_bytes()].concat()
}

/// One connection that is kept open.
pub struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    pub async fn open(address: &str) -> std::io::Result<Connection> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Connection {
            stream,
            buffer: Vec::with_capacity(64 * 1024),
        })
    }

    /// Sends a request and returns the status of the whole answer.
    pub async fn exchange(&mut self, request: &[u8]) -> std::io::Result<u16> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        let mut expected = None;
        loop {
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                return Err(std::io::ErrorKind::UnexpectedEof.into());
            }
            if expected.is_none() {
                expected = head(&self.buffer);
            }
            if let Some((status, whole)) = expected
                && self.buffer.len() >= whole
            {
                return Ok(status);
            }
        }
    }
}

/// Status and length of the whole answer, once its head is complete.
fn head(bytes: &[u8]) -> Option<(u16, usize)> {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
    let text = std::str::from_utf8(&bytes[..end]).ok()?;
    let status = text.get(9..12)?.parse().ok()?;
    let length = text.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length")
            .then(|| value.trim().parse::<usize>().ok())?
    });
    Some((status, end + 4 + length.unwrap_or(0)))
}

fn split(forms: Vec<Form>, parts: usize) -> Vec<Vec<Form>> {
    let mut split = vec![Vec::new(); parts];
    for (number, form) in forms.into_iter().enumerate() {
        split[number % parts].push(form);
    }
    split
}
