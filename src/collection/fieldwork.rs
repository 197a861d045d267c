//! When a survey takes responses: the days of its questionnaire, or what was decided since.

use jiff::Timestamp;
use jiff::civil::Date;

/// Whether a survey takes responses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fieldwork {
    /// Before the first day.
    NotYet,
    /// The survey takes responses.
    Open,
    /// After the last day, or closed before.
    Closed,
}

impl Fieldwork {
    /// The word for it in the keys of texts.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Fieldwork::NotYet => "not_yet",
            Fieldwork::Open => "open",
            Fieldwork::Closed => "closed",
        }
    }
}

/// The days on which a survey takes responses.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Period {
    /// The first day.
    pub opens: Option<Date>,
    /// The last day.
    pub closes: Option<Date>,
    /// Whether it was closed before the end of its last day.
    pub is_closed: bool,
}

/// What is decided about a survey's fieldwork.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// It opens at once; `until`, if given, is the new last day.
    Open {
        /// The new last day.
        until: Option<Date>,
    },
    /// It closes at once.
    Close,
    /// It gets a later last day.
    Extend {
        /// The new last day.
        until: Date,
    },
}

impl Decision {
    /// `open`, `close` or `extend`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Decision::Open { .. } => "open",
            Decision::Close => "close",
            Decision::Extend { .. } => "extend",
        }
    }
}

/// Why a decision cannot be carried out. [`Refused::key`] names the text for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refused {
    /// It takes responses already.
    IsOpen,
    /// It is closed already.
    IsClosed,
    /// Its last day is over, so that opening needs a new one.
    NeedsDay,
    /// The new last day is over.
    IsPast,
    /// The new last day is not after the present one, which is this.
    NotLater(Date),
    /// The approval of the form ends with this month, such as `2027-01`, before the new last day.
    AfterApproval(String),
}

impl Refused {
    /// The key of its text in the section `running` of the locale files.
    #[must_use]
    pub fn key(&self) -> &'static str {
        match self {
            Refused::IsOpen => "is_open",
            Refused::IsClosed => "is_closed",
            Refused::NeedsDay => "needs_day",
            Refused::IsPast => "is_past",
            Refused::NotLater(_) => "not_later",
            Refused::AfterApproval(_) => "after_approval",
        }
    }
}

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Refused::IsOpen => {
                f.write_str("it is open; `extend --until DAY` gives a later last day")
            }
            Refused::IsClosed => f.write_str(
                "it is closed; `open --until DAY` opens it again, if that is what is meant",
            ),
            Refused::NeedsDay => {
                f.write_str("its last day is over; say --until which day it is open")
            }
            Refused::IsPast => f.write_str("this day is over; give today or a later day"),
            Refused::NotLater(last) => {
                write!(
                    f,
                    "its last day is {last} already; give a later day, or close it"
                )
            }
            Refused::AfterApproval(month) => write!(
                f,
                "the approval of the form ends with {month}; have it extended, and correct \
                 valid_until first"
            ),
        }
    }
}

impl Period {
    /// The days that a questionnaire states, as `YYYY-MM-DD`.
    #[must_use]
    pub fn of_days(opens: &str, closes: &str) -> Period {
        Period {
            opens: opens.parse().ok(),
            closes: closes.parse().ok(),
            is_closed: false,
        }
    }

    /// Whether the survey takes responses on the local day of `now`.
    #[must_use]
    pub fn state(&self, now: Timestamp) -> Fieldwork {
        let today = local_day(now);
        if self.is_closed || self.closes.is_none_or(|closes| today > closes) {
            Fieldwork::Closed
        } else if self.opens.is_none_or(|opens| today < opens) {
            Fieldwork::NotYet
        } else {
            Fieldwork::Open
        }
    }

    /// The days after `decision`, taken at `now`. `valid_until`: the last month of the form's
    /// approval, `YYYY-MM`.
    ///
    /// # Errors
    /// Why it cannot be carried out.
    pub fn after(
        &self,
        decision: Decision,
        valid_until: &str,
        now: Timestamp,
    ) -> Result<Period, Refused> {
        let today = local_day(now);
        let fit = |until: Date| match until {
            until if until < today => Err(Refused::IsPast),
            until if until.to_string().get(..7) > Some(valid_until) => {
                Err(Refused::AfterApproval(valid_until.to_owned()))
            }
            until => Ok(until),
        };
        match (decision, self.state(now)) {
            (Decision::Open { .. }, Fieldwork::Open) => Err(Refused::IsOpen),
            (Decision::Open { until }, state) => {
                let last = until.or(self
                    .closes
                    .filter(|closes| *closes >= today && !self.is_closed));
                Ok(Period {
                    // A wave that was open before keeps its first day.
                    opens: match state {
                        Fieldwork::Closed => self.opens.filter(|opens| *opens <= today),
                        _ => None,
                    }
                    .or(Some(today)),
                    closes: Some(fit(last.ok_or(Refused::NeedsDay)?)?),
                    is_closed: false,
                })
            }
            (Decision::Close | Decision::Extend { .. }, Fieldwork::Closed) => {
                Err(Refused::IsClosed)
            }
            (Decision::Close, _) => Ok(Period {
                opens: self.opens.filter(|opens| *opens <= today).or(Some(today)),
                closes: Some(today),
                is_closed: true,
            }),
            (Decision::Extend { until }, _) => match self.closes {
                Some(closes) if until <= closes => Err(Refused::NotLater(closes)),
                _ => Ok(Period {
                    closes: Some(fit(until)?),
                    ..*self
                }),
            },
        }
    }
}

/// The day of `now` in China Standard Time (UTC+8 the whole year).
#[must_use]
pub fn local_day(now: Timestamp) -> Date {
    jiff::tz::offset(8).to_datetime(now).date()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(time: &str) -> Timestamp {
        time.parse().unwrap()
    }

    fn period() -> Period {
        Period::of_days("2026-06-01", "2026-12-31")
    }

    #[test]
    fn the_days_of_the_questionnaire_are_local_days() {
        assert_eq!(
            period().state(at("2026-05-31T15:59:59Z")),
            Fieldwork::NotYet
        );
        assert_eq!(period().state(at("2026-05-31T16:00:00Z")), Fieldwork::Open);
        assert_eq!(period().state(at("2026-12-31T15:59:59Z")), Fieldwork::Open);
        assert_eq!(
            period().state(at("2026-12-31T16:00:00Z")),
            Fieldwork::Closed
        );
        assert_eq!(
            Period::default().state(at("2026-07-01T00:00:00Z")),
            Fieldwork::Closed
        );
    }

    #[test]
    fn what_is_closed_may_be_opened_again_until_a_day_within_the_approval() {
        let now = at("2026-08-01T04:00:00Z");
        let after = |period: Period, decision| period.after(decision, "2027-01", now);
        let closed = after(period(), Decision::Close).unwrap();
        assert_eq!(closed.state(now), Fieldwork::Closed);
        assert_eq!(closed.closes, Some("2026-08-01".parse().unwrap()));
        assert_eq!(after(closed, Decision::Close), Err(Refused::IsClosed));
        let open = |until: &str| Decision::Open {
            until: until.parse().ok(),
        };
        assert_eq!(after(closed, open("")), Err(Refused::NeedsDay));
        assert_eq!(after(closed, open("2026-07-31")), Err(Refused::IsPast));
        assert_eq!(
            after(closed, open("2027-02-01")),
            Err(Refused::AfterApproval("2027-01".to_owned()))
        );
        let opened = after(closed, open("2027-01-31")).unwrap();
        assert_eq!(opened.opens, period().opens);
        assert_eq!(opened.state(now), Fieldwork::Open);
        assert_eq!(after(opened, open("2027-01-31")), Err(Refused::IsOpen));
    }

    #[test]
    fn only_a_later_day_extends() {
        let now = at("2026-08-01T04:00:00Z");
        let extend = |period: Period, until: &str| {
            let until = until.parse().unwrap();
            period.after(Decision::Extend { until }, "2027-01", now)
        };
        let last = "2026-12-31".parse().unwrap();
        assert_eq!(extend(period(), "2026-12-31"), Err(Refused::NotLater(last)));
        let later = extend(period(), "2027-01-05").unwrap();
        assert_eq!((later.opens, later.is_closed), (period().opens, false));
        assert_eq!(later.closes, Some("2027-01-05".parse().unwrap()));
    }

    #[test]
    fn a_wave_may_open_before_its_first_day() {
        let now = at("2026-05-01T04:00:00Z");
        let opened = period().after(Decision::Open { until: None }, "2027-01", now);
        let opened = opened.unwrap();
        assert_eq!(opened.opens, Some("2026-05-01".parse().unwrap()));
        assert_eq!(opened.state(now), Fieldwork::Open);
    }
}
