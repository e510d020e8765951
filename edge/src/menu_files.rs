//! The menu as a file that people edit: CSV for a spreadsheet, JSON for programs.
//!
//! One row is one category, one dish or one caution, in the order of the menu. A spreadsheet may hand the file back
//! with its columns in another order and in the encoding of a Chinese Windows; both are understood. Every row that
//! cannot be used is reported, not only the first. Absent: whether the shop may have this menu, which the rules say.

use std::collections::{BTreeMap, BTreeSet};

use csv::{ReaderBuilder, StringRecord, Terminator, WriterBuilder};
use edge_core::refusal::Language;
use shared::id::{CategoryId, DishId, StationId};
use shared::menu::{Category, Caution, CautionKind, Dish, Menu, Name};
use shared::quantity::Fen;

mod cells;
mod fault;

pub use fault::{BadRow, Fault};

use cells::{guard, id_from_name, unguard};

/// Tells a spreadsheet that the file is UTF-8.
const BYTE_ORDER_MARK: &str = "\u{feff}";
/// The target of a dish whose row gives none, in seconds.
const TARGET_S_USUAL: u32 = 600;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Column {
    /// What the row is: a category, a dish, a caution.
    Kind,
    /// Its id; when it is left out, one is made from the name.
    Id,
    /// A dish's category, by id or Chinese name.
    Category,
    /// Chinese.
    NameZh,
    /// English.
    NameEn,
    /// In yuan.
    Price,
    /// `question: answer | answer; question: …`.
    Options,
    /// `name | name`.
    Allergens,
    /// Ids.
    Stations,
    /// In seconds.
    Target,
    /// A file name.
    Picture,
    /// How the Chinese name is said, where the voice would say it wrongly.
    SaidAs,
}

impl Column {
    const ALL: [Self; 12] = [
        Self::Kind,
        Self::Id,
        Self::Category,
        Self::NameZh,
        Self::NameEn,
        Self::Price,
        Self::Options,
        Self::Allergens,
        Self::Stations,
        Self::Target,
        Self::Picture,
        Self::SaidAs,
    ];

    /// Its heading.
    pub(crate) fn heading(self, language: Language) -> &'static str {
        let (chinese, english) = match self {
            Self::Kind => ("类型", "kind"),
            Self::Id => ("编号", "id"),
            Self::Category => ("分类", "category"),
            Self::NameZh => ("中文名", "name_zh"),
            Self::NameEn => ("英文名", "name_en"),
            Self::Price => ("价格", "price"),
            Self::Options => ("选项", "options"),
            Self::Allergens => ("过敏原", "allergens"),
            Self::Stations => ("档口", "stations"),
            Self::Target => ("目标秒数", "target_s"),
            Self::Picture => ("图片", "picture"),
            Self::SaidAs => ("读音", "said_as"),
        };
        match language {
            Language::Chinese => chinese,
            Language::English => english,
        }
    }

    fn headed(heading: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|column| {
            [Language::Chinese, Language::English].iter().any(|language| column.heading(*language) == heading)
        })
    }
}

/// What a row is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Category,
    Dish,
    Caution(CautionKind),
}

impl Kind {
    fn word(self, language: Language) -> &'static str {
        let (chinese, english) = match self {
            Self::Category => ("分类", "category"),
            Self::Dish => ("菜品", "dish"),
            Self::Caution(CautionKind::Allergy) => ("过敏", "allergy"),
            Self::Caution(CautionKind::Diet) => ("忌口", "diet"),
        };
        match language {
            Language::Chinese => chinese,
            Language::English => english,
        }
    }

    /// A row that does not say what it is, is a dish: most are.
    fn of(word: &str) -> Option<Self> {
        let all = [
            Self::Dish,
            Self::Category,
            Self::Caution(CautionKind::Allergy),
            Self::Caution(CautionKind::Diet),
        ];
        let word = if word.is_empty() { Self::Dish.word(Language::English) } else { word };
        all.into_iter().find(|kind| {
            [Language::Chinese, Language::English].iter().any(|language| kind.word(*language) == word)
        })
    }
}

/// Writes a menu as CSV, with headings in the language of whoever will edit it.
pub fn to_csv(menu: &Menu, language: Language) -> String {
    let mut writer = WriterBuilder::new()
        .terminator(Terminator::CRLF)
        .from_writer(BYTE_ORDER_MARK.to_owned().into_bytes());
    let header = Column::ALL.map(|column| (column, column.heading(language).to_owned())).into();
    let categories = menu.categories.iter().map(|category| category_row(category, language));
    let dishes = menu.dishes.iter().map(|dish| dish_row(dish, language));
    let cautions =
        menu.cautions.iter().map(|caution| row(Kind::Caution(caution.kind), &caution.name, language));
    for mut row in std::iter::once(header).chain(categories).chain(dishes).chain(cautions) {
        let cells = Column::ALL.map(|column| guard(row.remove(&column).unwrap_or_default()));
        writer.write_record(cells).expect("every row has every column, and memory takes any text");
    }
    let bytes = writer.into_inner().expect("memory takes any text");
    String::from_utf8(bytes).expect("it was written from texts")
}

type Cells = BTreeMap<Column, String>;

/// What every kind of row has.
fn row(kind: Kind, name: &Name, language: Language) -> Cells {
    Cells::from([
        (Column::Kind, kind.word(language).to_owned()),
        (Column::NameZh, name.zh.clone()),
        (Column::NameEn, name.en.clone()),
    ])
}

fn category_row(category: &Category, language: Language) -> Cells {
    let mut cells = row(Kind::Category, &category.name, language);
    cells.insert(Column::Id, category.category.to_string());
    cells.insert(Column::Stations, cells::stations(&category.stations));
    cells
}

fn dish_row(dish: &Dish, language: Language) -> Cells {
    let mut cells = row(Kind::Dish, &dish.name, language);
    cells.extend([
        (Column::Id, dish.dish.to_string()),
        (Column::Category, dish.category.to_string()),
        (Column::Price, cells::yuan(dish.price_fen)),
        (Column::Options, cells::options(&dish.options)),
        (Column::Allergens, cells::names(&dish.allergens)),
        (Column::Stations, cells::stations(&dish.stations)),
        (Column::Target, dish.target_s.to_string()),
        (Column::Picture, dish.picture.clone().unwrap_or_default()),
        (Column::SaidAs, dish.said_as.clone().unwrap_or_default()),
    ]);
    cells
}

/// Reads a menu from JSON. Errors: where it stops being one.
pub fn from_json(bytes: &[u8]) -> Result<Menu, Vec<BadRow>> {
    let json = bytes.strip_prefix(BYTE_ORDER_MARK.as_bytes()).unwrap_or(bytes);
    serde_json::from_slice(json).map_err(|error| {
        vec![BadRow { line: error.line() as u64, fault: Fault::NotTheJson(error.to_string()) }]
    })
}

/// Reads a menu from CSV. Errors: every row that cannot be used, in order.
pub fn from_csv(bytes: &[u8]) -> Result<Menu, Vec<BadRow>> {
    let text = decode(bytes).ok_or_else(|| vec![BadRow { line: 1, fault: Fault::NotText }])?;
    let mut records =
        ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes()).into_records();
    let header = records.next().and_then(Result::ok).unwrap_or_default();
    let columns = columns_of(&header)?;
    let mut lines = LineCount { text: &text, bytes: 0, line: 1 };
    // Memory can be read, and the text is text already: no row fails here.
    let rows: Vec<_> = records
        .flatten()
        .map(|record| Row::new(&columns, &record, lines.at(&record)))
        .filter(Row::says_anything)
        .collect();
    let mut reading = Reading::default();
    let (categories, others): (Vec<_>, Vec<_>) =
        rows.iter().partition(|row| Kind::of(row.get(Column::Kind)) == Some(Kind::Category));
    for row in categories.iter().chain(&others) {
        if let Err(fault) = reading.take(row) {
            reading.faults.push(BadRow { line: row.line, fault });
        }
    }
    if rows.is_empty() {
        reading.faults.push(BadRow { line: 1, fault: Fault::Empty });
    }
    reading.faults.sort_by_key(|bad| bad.line);
    if reading.faults.is_empty() { Ok(reading.menu) } else { Err(reading.faults) }
}

/// UTF-8, or what a Chinese Windows calls plain text.
fn decode(bytes: &[u8]) -> Option<String> {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => {
            encoding_rs::GB18030.decode_without_bom_handling_and_without_replacement(bytes)?.into_owned()
        }
    };
    Some(text.strip_prefix(BYTE_ORDER_MARK).map(str::to_owned).unwrap_or(text))
}

fn columns_of(header: &StringRecord) -> Result<Vec<Option<Column>>, Vec<BadRow>> {
    let columns: Vec<_> = header.iter().map(|heading| Column::headed(heading.trim())).collect();
    let unknown = header
        .iter()
        .zip(&columns)
        .filter(|(heading, column)| column.is_none() && !heading.trim().is_empty());
    let missing =
        [Column::NameZh, Column::Price].into_iter().filter(|column| !columns.contains(&Some(*column)));
    let faults: Vec<_> = unknown
        .map(|(heading, _)| Fault::UnknownColumn(heading.trim().to_owned()))
        .chain(missing.map(Fault::MissingColumn))
        .map(|fault| BadRow { line: 1, fault })
        .collect();
    if faults.is_empty() { Ok(columns) } else { Err(faults) }
}

/// Counts lines up to a record. The reader's own count lags behind where lines end as those of Windows do.
#[derive(Debug)]
struct LineCount<'a> {
    text: &'a str,
    bytes: usize,
    line: u64,
}

impl LineCount<'_> {
    /// The line on which a record begins, from 1. Records come in order.
    fn at(&mut self, record: &StringRecord) -> u64 {
        let begins = record.position().map_or(0, csv::Position::byte) as usize;
        let passed = &self.text.as_bytes()[self.bytes..];
        // The end of the line before may be left over in front of the record.
        let left_over =
            passed[begins - self.bytes..].iter().take_while(|byte| b"\r\n".contains(byte)).count();
        let ends = begins - self.bytes + left_over;
        self.line += passed[..ends].iter().filter(|byte| **byte == b'\n').count() as u64;
        self.bytes += ends;
        self.line
    }
}

/// One row, by column.
#[derive(Debug)]
struct Row {
    line: u64,
    cells: Cells,
}

impl Row {
    fn new(columns: &[Option<Column>], record: &StringRecord, line: u64) -> Self {
        let cells = columns.iter().zip(record).filter_map(|(column, cell)| {
            let column = (*column)?;
            Some((column, unguard(cell).trim().to_owned()))
        });
        Self { line, cells: cells.collect() }
    }

    fn get(&self, column: Column) -> &str {
        self.cells.get(&column).map_or("", String::as_str)
    }

    /// What stands there; none when the cell is empty.
    fn given(&self, column: Column) -> Option<String> {
        Some(self.get(column).to_owned()).filter(|cell| !cell.is_empty())
    }

    fn says_anything(&self) -> bool {
        self.cells.values().any(|cell| !cell.is_empty())
    }

    /// Both languages; the Chinese one is spoken and printed, so it cannot be missing.
    fn name(&self) -> Result<Name, Fault> {
        let zh = self.get(Column::NameZh);
        if zh.is_empty() {
            return Err(Fault::Missing(Column::NameZh));
        }
        Ok(Name { zh: zh.to_owned(), en: self.get(Column::NameEn).to_owned() })
    }

    fn stations(&self) -> Result<Vec<StationId>, Fault> {
        cells::parse_stations(self.get(Column::Stations)).map_err(|got| Fault::BadId(Column::Stations, got))
    }

    /// The id that the row gives, or one from its name that is free.
    fn id(&self, taken: &BTreeSet<String>) -> Result<String, Fault> {
        let given = self.get(Column::Id);
        if given.is_empty() {
            return Ok(id_from_name(self.get(Column::NameZh), taken));
        }
        if taken.contains(given) { Err(Fault::Twice(given.to_owned())) } else { Ok(given.to_owned()) }
    }
}

/// A menu as far as it has been read.
#[derive(Debug, Default)]
struct Reading {
    menu: Menu,
    faults: Vec<BadRow>,
    categories: BTreeSet<String>,
    dishes: BTreeSet<String>,
}

impl Reading {
    fn take(&mut self, row: &Row) -> Result<(), Fault> {
        let word = row.get(Column::Kind);
        match Kind::of(word).ok_or_else(|| Fault::UnknownKind(word.to_owned()))? {
            Kind::Category => self.take_category(row),
            Kind::Dish => self.take_dish(row),
            Kind::Caution(kind) => {
                self.menu.cautions.push(Caution { kind, name: row.name()? });
                Ok(())
            }
        }
    }

    fn take_category(&mut self, row: &Row) -> Result<(), Fault> {
        let name = row.name()?;
        let id = row.id(&self.categories)?;
        let category = CategoryId::new(&*id).map_err(|_| Fault::BadId(Column::Id, id.clone()))?;
        self.menu.categories.push(Category { category, name, stations: row.stations()? });
        self.categories.insert(id);
        Ok(())
    }

    fn take_dish(&mut self, row: &Row) -> Result<(), Fault> {
        let name = row.name()?;
        let id = row.id(&self.dishes)?;
        let dish = Dish {
            dish: DishId::new(&*id).map_err(|_| Fault::BadId(Column::Id, id.clone()))?,
            category: self.category(row.get(Column::Category))?,
            name,
            price_fen: price(row.get(Column::Price))?,
            options: cells::parse_options(row.get(Column::Options))?,
            allergens: cells::parse_names(row.get(Column::Allergens), Column::Allergens)?,
            stations: row.stations()?,
            target_s: target(row.get(Column::Target))?,
            picture: row.given(Column::Picture),
            said_as: row.given(Column::SaidAs),
        };
        self.menu.dishes.push(dish);
        self.dishes.insert(id);
        Ok(())
    }

    fn category(&self, wanted: &str) -> Result<CategoryId, Fault> {
        if wanted.is_empty() {
            return Err(Fault::Missing(Column::Category));
        }
        let categories = &self.menu.categories;
        let found = categories.iter().find(|category| category.category.as_str() == wanted);
        let found = found.or_else(|| categories.iter().find(|category| category.name.zh == wanted));
        found
            .map(|category| category.category.clone())
            .ok_or_else(|| Fault::NoSuchCategory(wanted.to_owned()))
    }
}

fn price(cell: &str) -> Result<Fen, Fault> {
    if cell.is_empty() {
        return Err(Fault::Missing(Column::Price));
    }
    cells::parse_yuan(cell).ok_or_else(|| Fault::BadPrice(cell.to_owned()))
}

fn target(cell: &str) -> Result<u32, Fault> {
    if cell.is_empty() {
        return Ok(TARGET_S_USUAL);
    }
    cell.parse().ok().filter(|seconds| *seconds > 0).ok_or_else(|| Fault::BadTarget(cell.to_owned()))
}

#[cfg(test)]
mod tests;
