"""The words for every reason of refusal: what is wrong, and what the person at the scanner can do about it."""

from __future__ import annotations

from dataclasses import dataclass

from lindang.i18n import Text, _, lazy
from plugins.ingest.domain.reasons import PAGE_DETAIL, ReasonCode


@dataclass(frozen=True, slots=True)
class Wording:
    """One reason in words: ``text`` says what is wrong, ``remedy`` what to do."""

    text: Text
    remedy: Text


WORDING: dict[ReasonCode, Wording] = {
    ReasonCode.EMPTY: Wording(
        lazy("空文件（0 字节）"), lazy("扫描或复制没有完成：请重新扫描，或从扫描仪重新复制这个文件。")
    ),
    ReasonCode.TRUNCATED: Wording(
        lazy("文件不完整，后一部分丢失"), lazy("复制中断或扫描未完成：请重新复制，仍不行则重新扫描。")
    ),
    ReasonCode.DAMAGED: Wording(lazy("文件已损坏，无法读出"), lazy("请用看图软件打开原文件核对；打不开的请重新扫描。")),
    ReasonCode.PASSWORD: Wording(lazy("PDF 设有打开密码"), lazy("请用密码打开后另存为不加密的 PDF，再重新收件。")),
    ReasonCode.UNSUPPORTED: Wording(
        lazy("不是可收的格式"),
        lazy(
            "可收 JPEG、JPEG 2000、PNG、TIFF、PDF、OFD、DOCX、XLSX 和常见录音录像；其他请另存或打印为 PDF 后重新收件。"
        ),
    ),
    ReasonCode.TOO_LARGE: Wording(
        lazy("文件超过大小上限"), lazy("请拆分文件，或降低扫描分辨率（文字材料 300 dpi 即可）；上限可在设置中调整。")
    ),
    ReasonCode.TOO_MANY_PAGES: Wording(lazy("页数超过上限"), lazy("请拆分为几个文件后重新收件；上限可在设置中调整。")),
    ReasonCode.PIXEL_BOMB: Wording(
        lazy("图像尺寸超过上限"), lazy("请核对扫描幅面和分辨率；大幅图纸可分幅扫描，上限可在设置中调整。")
    ),
    ReasonCode.TIMEOUT: Wording(
        lazy("处理超时，已中止"), lazy("文件可能异常：请用看图软件打开核对，另存后重新收件；机器忙时可点“重试”。")
    ),
    ReasonCode.OUT_OF_MEMORY: Wording(
        lazy("处理时内存不足，已中止"), lazy("文件解开后过大：请拆分或降低分辨率后重新收件。")
    ),
    ReasonCode.ENGINE_FAILURE: Wording(
        lazy("处理程序意外中止"), lazy("请点“重试”；再次失败请把原文件交系统管理员核查。")
    ),
    ReasonCode.CHANGED: Wording(
        lazy("读取时文件仍在变化"), lazy("扫描或复制尚未完成：完成后会自动再收，也可点“重试”。")
    ),
    ReasonCode.DUPLICATE: Wording(
        lazy("已存在：内容与已入库的文件完全相同"), lazy("无需处理；如确需另存一份，请在原件处引用。")
    ),
    ReasonCode.NOT_DIVISIBLE: Wording(
        lazy("这种文件不能原样拆分"), lazy("请整份归档，或另存为 PDF 后重新收件再拆分。")
    ),
}

KINDS: dict[str, Text] = {
    "text": lazy("文本文件"),
    "html": lazy("网页文件"),
    "office": lazy("Word/Excel/WPS 文档"),
    "zip": lazy("压缩包或 Office/OFD 文档"),
    "rar": lazy("压缩包"),
    "gif": lazy("GIF 图像"),
    "bmp": lazy("BMP 图像"),
    "webp": lazy("WebP 图像"),
    "heic": lazy("手机 HEIC 图像"),
    "jp2": lazy("JPEG 2000 图像"),
    "program": lazy("程序文件"),
    "unknown": lazy("未知格式"),
}


def explain(code: str, detail: str = "") -> str:
    """Return the reason as one sentence, with its detail in brackets where there is one."""
    try:
        text = str(WORDING[ReasonCode(code)].text)
    except ValueError:
        return code
    shown = _shown(detail)
    return _("%(text)s（%(detail)s）", text=text, detail=shown) if shown else text


def _shown(detail: str) -> str:
    if detail.startswith(PAGE_DETAIL):
        return _("第 %(n)s 页", n=detail.removeprefix(PAGE_DETAIL))
    return str(KINDS.get(detail, detail))


def remedy(code: str) -> str:
    """Return what to do about a reason; empty for an unknown code."""
    try:
        return str(WORDING[ReasonCode(code)].remedy)
    except ValueError:
        return ""
