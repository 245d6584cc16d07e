//! The periods of the rules: which hour, day, ISO week, month or year of UTC a moment lies in.

use crate::backup::policy::Rule;
use crate::model::Moment;
use crate::{json_enum, json_struct};

/// The period of a rule in which a moment lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    pub rule: Rule,
    pub at: Moment,
}

json_struct!(Period { rule, at });
json_enum!(Rule { Last, Hourly, Daily, Weekly, Monthly, Yearly });

impl Period {
    /// The same number for all moments of one period, a greater one for later periods; `None` for [`Rule::Last`], to
    /// which every backup is a period of its own.
    pub fn number(self) -> Option<i64> {
        let day = self.at.0.div_euclid(86_400);
        match self.rule {
            Rule::Last => None,
            Rule::Hourly => Some(self.at.0.div_euclid(3_600)),
            Rule::Daily => Some(day),
            // 1970-01-01 was a Thursday: its week began three days before. ISO weeks never break at a year's end.
            Rule::Weekly => Some((day + 3).div_euclid(7)),
            Rule::Monthly => {
                let date = self.at.utc();
                Some(i64::from(date.year()) * 12 + i64::from(u8::from(date.month())))
            }
            Rule::Yearly => Some(self.at.utc().year().into()),
        }
    }

    /// `2026-11-23 10:00`, `2026-11-23`, `2026-W48`, `2026-11` or `2026`; nothing for [`Rule::Last`].
    pub fn name(self) -> String {
        let at = self.at.utc();
        let (year, month, day) = (at.year(), u8::from(at.month()), at.day());
        match self.rule {
            Rule::Last => String::new(),
            Rule::Hourly => format!("{year:04}-{month:02}-{day:02} {:02}:00", at.hour()),
            Rule::Daily => format!("{year:04}-{month:02}-{day:02}"),
            Rule::Weekly => {
                let (year, week, _) = at.to_iso_week_date();
                format!("{year:04}-W{week:02}")
            }
            Rule::Monthly => format!("{year:04}-{month:02}"),
            Rule::Yearly => format!("{year:04}"),
        }
    }
}
