//! The four marks of a statistical form: number, agency, approval and validity.

use toml_edit::{DocumentMut, Item, value};

/// What is entered when the approval comes. An empty text leaves what the file has.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Approval {
    /// 表号.
    pub form_number: String,
    /// 制定机关 in Chinese.
    pub agency_zh: String,
    /// 制定机关 in English.
    pub agency_en: String,
    /// 批准文号.
    pub approval_number: String,
    /// 有效期: the last month, `YYYY-MM`.
    pub valid_until: String,
}

/// `source` (questionnaire.toml) with the marks. Comments and order stay as they are. It is not
/// checked: the caller loads it.
///
/// # Errors
/// When `source` is not TOML.
pub fn with_approval(source: &str, approval: &Approval) -> Result<String, String> {
    let mut document: DocumentMut = source
        .parse()
        .map_err(|error: toml_edit::TomlError| error.to_string())?;
    let mut set = |key: &str, part: Option<&str>, text: &str| {
        let text = text.trim();
        if text.is_empty() {
            return;
        }
        let item = document.entry(key).or_insert(Item::None);
        match part {
            None => replace(item, text),
            Some(part) => {
                if let Some(table) = item.as_table_like_mut() {
                    replace(table.entry(part).or_insert(Item::None), text);
                }
            }
        }
    };
    set("form_number", None, &approval.form_number);
    set("agency", Some("zh"), &approval.agency_zh);
    set("agency", Some("en"), &approval.agency_en);
    set("approval_number", None, &approval.approval_number);
    set("valid_until", None, &approval.valid_until);
    Ok(document.to_string())
}

/// Puts a text in the place of a value, and keeps the comment behind it.
pub(super) fn replace(item: &mut Item, text: &str) {
    let decor = item.as_value().map(|old| old.decor().clone());
    *item = value(text);
    if let (Some(decor), Some(new)) = (decor, item.as_value_mut()) {
        *new.decor_mut() = decor;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_everything_else_stay() {
        let source = "# head\nwave = \"2026\"\nagency.zh = \"甲\" # who\nagency.en = \"A\"\n\
                      # empty until then\napproval_number = \"\" # soon\nvalid_until = \"2027-01\"\n\n\
                      [choices.x]\n1.zh = \"是\"\n";
        let approval = Approval {
            agency_zh: "乙".to_owned(),
            approval_number: "国统制〔2026〕1号".to_owned(),
            ..Approval::default()
        };
        let expected = source.replace("\"甲\"", "\"乙\"").replace(
            "approval_number = \"\"",
            "approval_number = \"国统制〔2026〕1号\"",
        );
        assert_eq!(with_approval(source, &approval).unwrap(), expected);
    }
}
