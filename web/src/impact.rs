//! The impact of an event by three questions (Implementing Regulation (EU) 2021/581: overall effect on illegal immigration,
//! on cross-border crime, on protecting and saving lives). The gravest answer is proposed; the officer decides.

use oneroof_model::EventImpact;

/// A question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Question {
    /// Detecting, preventing, combating illegal immigration.
    Immigration,
    /// The same for cross-border crime.
    Crime,
    /// Protecting and saving lives.
    Lives,
}

/// The questions in their order.
pub const QUESTIONS: [Question; 3] = [Question::Immigration, Question::Crime, Question::Lives];

/// An answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// No effect.
    NoEffect,
    /// An effect so grave.
    Effect(EventImpact),
}

/// The answers in the order of their keys: `1` none, `2` low, `3` medium, `4` high, `5` very high.
pub const ANSWERS: [Answer; 5] = [
    Answer::NoEffect,
    Answer::Effect(EventImpact::Low),
    Answer::Effect(EventImpact::Medium),
    Answer::Effect(EventImpact::High),
    Answer::Effect(EventImpact::VeryHigh),
];

impl Answer {
    /// How grave the effect is; `None` where there is none.
    pub const fn effect(self) -> Option<EventImpact> {
        match self {
            Self::NoEffect => None,
            Self::Effect(impact) => Some(impact),
        }
    }
}

impl Question {
    /// Its key in the catalogue.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Immigration => "impact.question.immigration",
            Self::Crime => "impact.question.crime",
            Self::Lives => "impact.question.lives",
        }
    }

    /// The key of its short name.
    pub const fn short_key(self) -> &'static str {
        match self {
            Self::Immigration => "impact.on.immigration",
            Self::Crime => "impact.on.crime",
            Self::Lives => "impact.on.lives",
        }
    }
}

/// Answers so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Answers([Option<Answer>; 3]);

impl Answers {
    /// The answer to a question.
    pub fn of(self, n: usize) -> Option<Answer> {
        self.0.get(n).copied().flatten()
    }

    /// Answers a question.
    pub fn give(&mut self, n: usize, answer: Answer) {
        if let Some(place) = self.0.get_mut(n) {
            *place = Some(answer);
        }
    }

    /// The first question that has no answer yet.
    pub fn open(self) -> Option<usize> {
        self.0.iter().position(Option::is_none)
    }

    /// The impact that follows once all are answered: the gravest of the three, at least low.
    pub fn proposed(self) -> Option<EventImpact> {
        let mut worst = EventImpact::Low;
        for answer in self.0 {
            worst = worst.max(answer?.effect().unwrap_or(EventImpact::Low));
        }
        Some(worst)
    }
}

/// The answer of a digit as typed.
pub fn answer_of(key: &str) -> Option<Answer> {
    let n: usize = key.parse().ok()?;
    ANSWERS.get(n.checked_sub(1)?).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gravest_of_three_answers_is_proposed_and_nothing_before_all_are_given() {
        let mut a = Answers::default();
        assert_eq!((a.open(), a.proposed()), (Some(0), None));
        a.give(0, Answer::NoEffect);
        a.give(1, Answer::Effect(EventImpact::High));
        assert_eq!((a.open(), a.proposed()), (Some(2), None));
        a.give(2, Answer::Effect(EventImpact::Low));
        assert_eq!((a.open(), a.proposed()), (None, Some(EventImpact::High)));
        for n in 0..3 {
            a.give(n, Answer::NoEffect);
        }
        assert_eq!(a.proposed(), Some(EventImpact::Low), "no effect is low");
        a.give(9, Answer::Effect(EventImpact::High));
        assert_eq!(a.proposed(), Some(EventImpact::Low));
    }

    #[test]
    fn digits_answer_and_other_keys_do_not() {
        assert_eq!(answer_of("1"), Some(Answer::NoEffect));
        assert_eq!(answer_of("5"), Some(Answer::Effect(EventImpact::VeryHigh)));
        assert_eq!(["0", "6", "x", ""].map(answer_of), [None; 4]);
    }

    #[test]
    fn every_question_has_its_words() {
        for q in QUESTIONS {
            assert!(oneroof_text::has(q.key()) && oneroof_text::has(q.short_key()));
        }
    }
}
