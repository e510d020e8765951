//! What can be wrong with a row, said so that its owner can mend it.

use edge_core::refusal::Language;

use super::Column;

/// A row that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadRow {
    /// Line of the file, from 1.
    pub line: u64,
    /// What is wrong.
    pub fault: Fault,
}

/// What is wrong with a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// A heading that says nothing to us.
    UnknownColumn(String),
    /// A column without which there is no menu.
    MissingColumn(Column),
    /// Neither a category nor a dish nor a caution.
    UnknownKind(String),
    /// A cell that must not be empty.
    Missing(Column),
    /// A text that cannot be an id.
    BadId(Column, String),
    /// An id that an earlier row has.
    Twice(String),
    /// A category that no row makes.
    NoSuchCategory(String),
    /// Not an amount of money.
    BadPrice(String),
    /// Not a time.
    BadTarget(String),
    /// Not `Chinese/English`.
    BadName(Column, String),
    /// Not `question: answer | answer`.
    BadOptions(String),
    /// Neither UTF-8 nor GB 18030.
    NotText,
    /// No rows.
    Empty,
    /// JSON, but not a menu, or not JSON.
    NotTheJson(String),
}

impl BadRow {
    /// Where, what, and what to do.
    pub fn sentence(&self, language: Language) -> String {
        let what = self.fault.sentence(language);
        match language {
            Language::Chinese => format!("第 {} 行：{what}", self.line),
            Language::English => format!("Line {}: {what}", self.line),
        }
    }
}

impl Fault {
    fn sentence(&self, language: Language) -> String {
        match language {
            Language::Chinese => self.in_chinese(),
            Language::English => self.in_english(),
        }
    }

    fn in_chinese(&self) -> String {
        let heading = |column: &Column| column.heading(Language::Chinese);
        match self {
            Self::UnknownColumn(got) => format!("不认识表头“{got}”，请改成导出文件里的表头，或删掉这一列。"),
            Self::MissingColumn(column) => format!("缺少“{}”这一列，请补上。", heading(column)),
            Self::UnknownKind(got) => format!("类型“{got}”不对，请填 菜品、分类、过敏 或 忌口。"),
            Self::Missing(column) => format!("“{}”不能空着，请填写。", heading(column)),
            Self::BadId(column, got) => {
                format!("“{}”里的“{got}”不能用，请用 2 到 40 个小写字母、数字或下划线。", heading(column))
            }
            Self::Twice(id) => format!("编号“{id}”前面已经用过，请改成别的，或空着自动生成。"),
            Self::NoSuchCategory(got) => {
                format!("没有分类“{got}”，请加一行类型为“分类”的，或改成已有的分类。")
            }
            Self::BadPrice(got) => format!("价格“{got}”不对，请填元，最多两位小数，例如 32 或 32.50。"),
            Self::BadTarget(got) => {
                format!("目标秒数“{got}”不对，请填大于 0 的整数，例如 600 表示 10 分钟。")
            }
            Self::BadName(column, got) => {
                format!("“{}”里的“{got}”不对，请写成“中文/英文”，名字里的斜杠写成 \\/。", heading(column))
            }
            Self::BadOptions(got) => {
                format!("选项“{got}”不对，请写成“辣度/Spice: 微辣/Mild | 特辣/Hot”，多组之间用分号。")
            }
            Self::NotText => "文件读不出文字，请在表格软件里另存为“CSV UTF-8”再导入。".to_owned(),
            Self::Empty => "文件里没有内容，请先导出一份，在它上面修改。".to_owned(),
            Self::NotTheJson(error) => format!("这不是菜单的 JSON，请先导出一份，在它上面修改。（{error}）"),
        }
    }

    fn in_english(&self) -> String {
        let heading = |column: &Column| column.heading(Language::English);
        match self {
            Self::UnknownColumn(got) => format!(
                "the heading {got:?} is unknown. Use those of an exported file, or delete the column."
            ),
            Self::MissingColumn(column) => format!("the column {} is missing. Add it.", heading(column)),
            Self::UnknownKind(got) => {
                format!("the kind {got:?} is unknown. Use dish, category, allergy or diet.")
            }
            Self::Missing(column) => format!("{} is empty. Fill it in.", heading(column)),
            Self::BadId(column, got) => {
                format!("{got:?} in {} cannot be an id. Use 2 to 40 of a-z, 0-9 and _.", heading(column))
            }
            Self::Twice(id) => {
                format!("the id {id:?} is used above. Choose another, or leave it empty to have one made.")
            }
            Self::NoSuchCategory(got) => {
                format!("there is no category {got:?}. Add a row of the kind category, or name one there is.")
            }
            Self::BadPrice(got) => {
                format!("{got:?} is no price. Write yuan with at most two decimals, as in 32 or 32.50.")
            }
            Self::BadTarget(got) => {
                format!("{got:?} is no target. Write whole seconds above 0, as in 600 for ten minutes.")
            }
            Self::BadName(column, got) => {
                format!(
                    "{got:?} in {} is no name. Write Chinese/English, and a slash in a name as \\/.",
                    heading(column)
                )
            }
            Self::BadOptions(got) => format!(
                "the options {got:?} cannot be read. Write 辣度/Spice: 微辣/Mild | 特辣/Hot, with semicolons between questions."
            ),
            Self::NotText => {
                "this file is not text. Save it as “CSV UTF-8” in the spreadsheet and import it again."
                    .to_owned()
            }
            Self::Empty => "the file is empty. Export one first and edit that.".to_owned(),
            Self::NotTheJson(error) => {
                format!("this is not a menu in JSON. Export one first and edit that. ({error})")
            }
        }
    }
}
