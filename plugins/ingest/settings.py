"""The section ``[plugins.ingest]``: what may come in, how it is named, who reads it, which folders are watched."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from lindang.config import Section
from plugins.ingest.quality_limits import Limits
from plugins.ingest.rules import FILE_RULES, FOLDER_RULES, TITLE_WORDS, NamingRule


class RuleSection(Section):
    """One naming rule: a name to show, and a regular expression with named groups."""

    name: str = Field(description="规则名称，预览时显示")
    pattern: str = Field(
        description="正则表达式；文件名可用组 doc_type、order、title，文件夹名可用组 folder_no、holder"
    )

    @model_validator(mode="after")
    def _usable(self) -> RuleSection:
        NamingRule(self.name, self.pattern)
        return self

    @property
    def rule(self) -> NamingRule:
        """The rule."""
        return NamingRule(self.name, self.pattern)


class SourceSection(Section):
    """One folder from which deliveries may be taken in by a person at the page."""

    name: str = Field(min_length=1, max_length=40, description="名称，如“移动硬盘”“扫描室网络盘”")
    path: Path = Field(description="文件夹；拔下移动硬盘后再插上仍应是同一路径")


class WatchSection(Section):
    """One watched folder."""

    path: Path = Field(description="监视的文件夹；里面一户一个子文件夹")
    division: str = Field(pattern=r"^\d{6}(\d{3}(\d{3})?)?$", description="行政区划代码：县 6 位，或村 12 位")
    ocr: Literal["", "auto", "off", "tesseract", "rapidocr", "rapidocr-fast"] = Field(
        "", description="识别引擎；空 = 与 ocr 相同"
    )
    doc_type: str = Field(
        "", pattern=r"^([A-Z]\d{2,3})?$", description="文件名没有写明时的材料类型，如 D11；空 = 不预设"
    )
    operator: str = Field("", max_length=40, description="谁在用这个文件夹，记入经手人；空 = 系统")


class QualitySection(Section):
    """From where on a page is to be looked at (待看), and from where on to be scanned again (应重扫)."""

    dpi_min: int = Field(200, ge=72, le=600, description="分辨率不低于（dpi）；低于它应重扫")
    colour_types: tuple[str, ...] = Field(
        Limits().colour_types, description="必须扫彩色的材料类型（证书、图、盖章材料）；是灰度或黑白的应重扫"
    )
    paper_mm: Mapping[str, int] = Field(
        {}, description="已知的纸张长边（毫米），如 {D01 = 297}：按它算真实分辨率，不信文件里的标注"
    )
    skew_look: float = Field(2.0, ge=0.3, le=8, description="歪斜超过几度要看")
    skew_redo: float = Field(5.0, ge=0.3, le=8, description="歪斜超过几度应重扫")
    paper_look: int = Field(150, ge=0, le=255, description="纸面亮度（0 黑、255 白）低于它要看")
    paper_redo: int = Field(90, ge=0, le=255, description="纸面亮度低于它应重扫")
    contrast_look: int = Field(80, ge=0, le=255, description="字与纸的亮度差低于它要看")
    contrast_redo: int = Field(60, ge=0, le=255, description="字与纸的亮度差低于它应重扫")
    blur_look: float = Field(1.6, ge=0.4, le=20, description="笔画边缘宽度（200 dpi 下的像素）超过它要看")
    blur_redo: float = Field(2.6, ge=0.4, le=20, description="笔画边缘宽度超过它应重扫")
    border_look: float = Field(5.0, ge=0, le=100, description="黑边超过几毫米要看")
    cut_look: int = Field(3, ge=1, le=1000, description="同一边有几处笔画伸出图像要看")
    cut_redo: int = Field(10, ge=1, le=1000, description="同一边有几处笔画伸出图像应重扫")

    @property
    def limits(self) -> Limits:
        """The limits as the rules take them."""
        return Limits(**self.model_dump())


def _rules(rules: tuple[NamingRule, ...]) -> tuple[RuleSection, ...]:
    return tuple(RuleSection(name=rule.name, pattern=rule.pattern) for rule in rules)


class IngestSettings(Section):
    """Settings of intake."""

    ocr: Literal["auto", "off", "tesseract", "rapidocr", "rapidocr-fast"] = Field(
        "auto",
        description="文字识别引擎：auto 先用 rapidocr，没有则用 tesseract，再没有则不识别；rapidocr-fast 是快档，先运行 make fast",
    )
    ocr_workers: int = Field(
        1,
        ge=1,
        le=32,
        description="同时识别的件数，每个约占一个 CPU 核和 1 GB 内存；host.workers 至少比它多 1，否则识别时新文件要等",
    )
    ocr_nice: int = Field(
        10, ge=0, le=19, description="识别进程让出 CPU 和磁盘的程度：0 = 不让，19 = 只用别人不用的；网页因此不变慢"
    )
    reserve_mb: int = Field(
        500, ge=0, description="收件保留的磁盘空间（MB）：不足时收件暂停并提示，有空间后自动继续；检索照常"
    )
    reserve_percent: int = Field(
        0, ge=0, le=100, description="收件保留的磁盘空间（占整盘的百分比）；与 reserve_mb 取大者"
    )
    ocr_page_seconds: int = Field(90, ge=10, le=1800, description="识别一页的时间上限（秒）")
    ocr_memory_mb: int = Field(2500, ge=300, description="识别进程占用内存超过此值（MB）时，读完当前页后重启")
    sure_confidence: int = Field(
        90,
        ge=50,
        le=100,
        description="识别出的号码置信度达到此值（百分）才算看清；低于此值的，装有 Tesseract 时请它复读，两者不一的由人确认",
    )
    ocr_det_model: str = Field("", description="rapidocr 检测模型文件；空 = 自带的 PP-OCRv6 small")
    ocr_rec_model: str = Field("", description="rapidocr 识别模型文件；空 = 自带的 PP-OCRv6 small")
    ocr_fast_models: str = Field(
        "", description="快档模型的文件夹，里面一个 *det*.onnx、一个 *rec*.onnx；空 = make fast 装的"
    )
    ocr_look_alikes: Mapping[str, str] = Field(
        {"昴": "峁"}, description="形近字：识别在两字之间犹豫时取后者；左边写本县材料里不会有的字，右边写常见的地名字"
    )
    layered_pdf: bool = Field(
        True, description="识别后给每件生成可检索 PDF（扫描图像上叠加看不见的文字，PDF/A-2b）；原件不变"
    )
    max_file_mb: int = Field(512, ge=1, le=4096, description="单个文件上限（MB），超过的进入失败清单")
    max_pages: int = Field(1000, ge=1, le=20_000, description="单个文件页数上限")
    max_megapixels: int = Field(80, ge=4, le=400, description="单幅图像上限（百万像素）；A3 幅面 600 dpi 约 70")
    parse_memory_mb: int = Field(1536, ge=512, description="解析一个文件可用的内存（MB）")
    parse_page_seconds: int = Field(60, ge=5, le=600, description="解析一页可用的 CPU 时间（秒）")
    parse_total_seconds: int = Field(1800, ge=30, description="解析一个文件的时间上限（秒）")
    patch_t: Literal["file", "item", "off"] = Field(
        "file", description="扫描仪补丁码 Patch T 分隔页的意思：file = 另起一卷，item = 另起一件，off = 不认"
    )
    view_dpi: int = Field(200, ge=100, le=400, description="查看用图像的分辨率（dpi）；原件不变")
    view_quality: int = Field(80, ge=40, le=95, description="查看用图像的 JPEG 质量")
    quality: QualitySection = Field(
        QualitySection(), description="图像质量的界限，见 docs/quality.md；改后用 lindang ingest quality 重新判定"
    )
    class_code: str = Field("QQ01", pattern=r"^[0-9A-Z]{2,10}$", description="一户一档案卷的类别号")
    cert_words: tuple[str, ...] = Field((), description='本县林权证号的字头，如 ["岚"]；填写后识别更准')
    stable_seconds: int = Field(10, ge=1, le=3600, description="监视文件夹：文件这么久（秒）没有变化才收")
    watch_seconds: int = Field(5, ge=1, le=3600, description="监视文件夹：每隔多久看一次（秒）")
    sources: tuple[SourceSection, ...] = Field(
        (), description="可从“扫描入库”页选择收件的文件夹（移动硬盘、网络盘）；不在此列的只能用命令收"
    )
    watch: tuple[WatchSection, ...] = Field((), description="监视的文件夹")
    file_rules: tuple[RuleSection, ...] = Field(
        _rules(FILE_RULES), description="文件名规则，按顺序试，第一条符合的生效"
    )
    folder_rules: tuple[RuleSection, ...] = Field(_rules(FOLDER_RULES), description="户文件夹名规则，按顺序试")
    title_words: Mapping[str, str] = Field(dict(TITLE_WORDS), description="题名中的词 → 材料类型，最长的词优先")
