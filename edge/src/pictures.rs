//! Pictures of dishes: whatever a phone sends becomes one small JPEG, kept under the hash of what it is.
//!
//! Nothing of the original stays: not its place, not its time, not its tricks. Absent: throwing pictures away; an
//! order of last year may still show one, and they are small.

use std::fs;
use std::io::{self, Cursor, Write};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use image::codecs::jpeg::JpegEncoder;
use image::imageops::FilterType;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits, Rgb, RgbImage};
use sha2::{Digest, Sha256};

/// Largest picture that is taken, in bytes.
pub const PICTURE_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Most pixels: those of a phone's camera. Each takes four bytes while it is worked on.
const PIXELS_MAX: u64 = 26_000_000;
/// What decoding may take, in bytes.
const DECODING_BYTES_MAX: u64 = 256 * 1024 * 1024;
/// Longest side of what is kept, in pixels: a pad's card at twice its size.
const SIDE_MAX: u32 = 1200;
/// Of the JPEG, in percent.
const QUALITY: u8 = 85;
/// What a transparent picture lies on.
const PAPER: u8 = 255;
/// Bytes of the hash in a name: enough that two pictures never share one.
const NAME_BYTES: usize = 16;
const ENDING: &str = ".jpg";

/// Why a picture is not taken.
#[derive(Debug, thiserror::Error)]
pub enum BadPicture {
    /// Neither JPEG nor PNG nor WebP, or broken.
    #[error("this is no JPEG, PNG or WebP picture that can be read")]
    Unreadable,
    /// More pixels than are worked on.
    #[error("the picture has too many pixels")]
    TooManyPixels,
    /// The disk said no.
    #[error("the picture could not be kept: {0}")]
    NotKept(#[from] io::Error),
}

/// Where the pictures are.
#[derive(Debug)]
pub struct PictureShelf {
    folder: PathBuf,
    /// One picture is worked on at a time: each takes as much memory as the rest of the box.
    at_work: Mutex<()>,
}

impl PictureShelf {
    /// In this folder, which is made with the first picture.
    pub fn new(folder: PathBuf) -> Self {
        Self { folder, at_work: Mutex::new(()) }
    }

    /// Keeps a picture and returns its name. The same picture gets the same name. It takes a second: not for a
    /// thread that others wait for.
    pub fn keep(&self, bytes: &[u8]) -> Result<String, BadPicture> {
        let _alone = self.at_work.lock().unwrap_or_else(PoisonError::into_inner);
        let jpeg = as_small_jpeg(bytes)?;
        let hash: String =
            Sha256::digest(&jpeg)[..NAME_BYTES].iter().map(|byte| format!("{byte:02x}")).collect();
        let name = format!("{hash}{ENDING}");
        fs::create_dir_all(&self.folder)?;
        let unfinished = self.folder.join(format!("{hash}.part"));
        let mut file = fs::File::create(&unfinished)?;
        file.write_all(&jpeg)?;
        file.sync_all()?;
        fs::rename(unfinished, self.folder.join(&name))?;
        Ok(name)
    }

    /// Where the picture of this name would be. `None` when it is not a name of ours.
    pub fn place_of(&self, name: &str) -> Option<PathBuf> {
        let hash = name.strip_suffix(ENDING)?;
        let is_hash = hash.len() == 2 * NAME_BYTES
            && hash.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        is_hash.then(|| self.folder.join(name))
    }
}

/// Decodes, turns upright, shrinks, and encodes anew.
fn as_small_jpeg(bytes: &[u8]) -> Result<Vec<u8>, BadPicture> {
    let mut reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format()?;
    if !matches!(reader.format(), Some(ImageFormat::Jpeg | ImageFormat::Png | ImageFormat::WebP)) {
        return Err(BadPicture::Unreadable);
    }
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(DECODING_BYTES_MAX);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(|_| BadPicture::Unreadable)?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > PIXELS_MAX || decoder.total_bytes() > DECODING_BYTES_MAX {
        return Err(BadPicture::TooManyPixels);
    }
    let orientation = decoder.orientation().map_err(|_| BadPicture::Unreadable)?;
    let mut picture = DynamicImage::from_decoder(decoder).map_err(|_| BadPicture::Unreadable)?;
    if width.max(height) > SIDE_MAX {
        picture = picture.resize(SIDE_MAX, SIDE_MAX, FilterType::Triangle);
    }
    picture.apply_orientation(orientation);
    let mut jpeg = Vec::new();
    JpegEncoder::new_with_quality(&mut jpeg, QUALITY)
        .encode_image(&on_paper(picture))
        .map_err(|_| BadPicture::Unreadable)?;
    Ok(jpeg)
}

/// JPEG knows no transparency.
fn on_paper(picture: DynamicImage) -> RgbImage {
    if !picture.color().has_alpha() {
        return picture.into_rgb8();
    }
    let picture = picture.into_rgba8();
    let mut flat = RgbImage::new(picture.width(), picture.height());
    for (under, over) in flat.pixels_mut().zip(picture.pixels()) {
        let [red, green, blue, alpha] = over.0.map(u32::from);
        let opaque = u32::from(u8::MAX);
        let mix = |colour: u32| ((colour * alpha + u32::from(PAPER) * (opaque - alpha)) / opaque) as u8;
        *under = Rgb([mix(red), mix(green), mix(blue)]);
    }
    flat
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        picture.write_to(&mut bytes, format).expect("memory takes any picture");
        bytes.into_inner()
    }

    fn size(jpeg: &[u8]) -> (u32, u32) {
        let picture = image::load_from_memory_with_format(jpeg, ImageFormat::Jpeg).expect("a JPEG");
        (picture.width(), picture.height())
    }

    #[test]
    fn a_picture_of_each_kind_becomes_a_small_jpeg_under_its_hash() {
        let folder = tempfile::tempdir().expect("a folder");
        let shelf = PictureShelf::new(folder.path().join("pictures"));
        let photo = DynamicImage::ImageRgb8(RgbImage::from_pixel(1600, 80, Rgb([200, 60, 20])));
        for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP] {
            let name = shelf.keep(&encoded(&photo, format)).expect("it is kept");
            assert_eq!(
                shelf.keep(&encoded(&photo, format)).expect("again"),
                name,
                "the same one, the same name"
            );
            assert_eq!(
                size(&fs::read(shelf.place_of(&name).expect("a name of ours")).expect("it is there")),
                (1200, 60),
                "{format:?}"
            );
        }
    }

    #[test]
    fn what_was_transparent_lies_on_paper() {
        let clear = DynamicImage::new_rgba8(4, 4);
        let jpeg = as_small_jpeg(&encoded(&clear, ImageFormat::Png)).expect("it is taken");
        let picture = image::load_from_memory(&jpeg).expect("a JPEG").into_rgb8();
        assert!(picture.pixels().all(|pixel| pixel.0 == [PAPER; 3]));
    }

    #[test]
    fn garbage_and_half_a_picture_are_refused() {
        let whole = encoded(&DynamicImage::new_rgb8(300, 300), ImageFormat::Png);
        let others: [&[u8]; 4] =
            [b"", b"<svg onload=alert(1)>", b"GIF89a\x01\x00\x01\x00", &whole[..whole.len() / 2]];
        for bad in others {
            assert!(matches!(as_small_jpeg(bad), Err(BadPicture::Unreadable)), "{} bytes", bad.len());
        }
    }

    #[test]
    fn a_small_file_with_a_thousand_million_pixels_is_refused_unread() {
        // A PNG says its size in its first chunk: 32,000 × 32,000 in a file of a few bytes.
        let mut bomb = encoded(&DynamicImage::new_luma8(1, 1), ImageFormat::Png);
        bomb[16..24].copy_from_slice(&[0, 0, 0x7d, 0, 0, 0, 0x7d, 0]);
        let checksum = crc32(&bomb[12..29]);
        bomb[29..33].copy_from_slice(&checksum.to_be_bytes());
        assert!(matches!(as_small_jpeg(&bomb), Err(BadPicture::TooManyPixels)));
    }

    /// As PNG wants it.
    fn crc32(bytes: &[u8]) -> u32 {
        !bytes.iter().fold(u32::MAX, |crc, byte| {
            (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xedb8_8320 * (crc & 1)))
        })
    }

    #[test]
    fn only_names_of_ours_are_looked_for() {
        let shelf = PictureShelf::new(PathBuf::from("pictures"));
        for name in ["../secret.jpg", "secret.jpg", "shuijiao.svg", "", ".jpg"] {
            assert!(shelf.place_of(name).is_none(), "{name:?}");
        }
    }
}
