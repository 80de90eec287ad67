"""Why a file could not be read, in Vietnamese: for the page of a student, of whose file nothing told the language at the time."""

from __future__ import annotations

import re

from gluon_alexnet.language import written

NOTEBOOK = "hãy nộp chính tệp sổ tay .ipynb"
AGAIN = "hãy nén lại bằng công cụ sẵn có của máy"
KINDS = {
    "a Python script": "là một tệp Python",
    "a web page": "là một trang web",
    "a PDF": "là tệp PDF",
    "a text": "là tệp văn bản",
    "a document": "là tệp văn bản",
    "a pipe": "là một đường ống (pipe)",
    "a socket": "là một socket",
    "a device": "là một thiết bị",
    "a folder": "là một thư mục",
    "no regular file": "không phải là tệp thông thường",
}
# What submissions.py, archives.py and notebook.py say behind the name of a file -> the same; {} is the group.
SAID = (
    (r"is a link, which could lead anywhere: .*", f"là một liên kết, có thể dẫn đi bất cứ đâu: {NOTEBOOK}"),
    (r"is an archive, and was not looked into: .*", f"là tệp nén và không được mở ra xem: {NOTEBOOK}"),
    (r"is an archive, not a notebook: .*", "là tệp nén, không phải là sổ tay: hãy giải nén rồi nộp tệp .ipynb ở trong"),
    (r"is a zip in a zip in a zip, .*", f"là zip trong zip trong zip và không được mở ra xem: {NOTEBOOK}"),
    (r"holds no notebook: .*", f"không chứa sổ tay nào: {NOTEBOOK}"),
    (r"holds more than ([\d,]+) files[,;] .*", f"chứa hơn {{}} tệp và không được xem hết: {NOTEBOOK}"),
    (r"would unpack to ([\d,]+) bytes, .*", f"giải nén ra sẽ là {{}} byte nên không được mở ra xem: {AGAIN}"),
    (r"cannot be looked into .*", "không mở ra xem được: hãy cấp quyền đọc"),
    (r"cannot be read as a zip .*", f"không đọc được như một tệp zip: {AGAIN}"),
    (r"is damaged in its zip .*", f"bị hỏng trong tệp zip: {AGAIN}"),
    (r"leads out of its zip by `\.\.`: .*", f"có đường dẫn `..` ra ngoài tệp zip: {AGAIN}"),
    (r"has the name of a place on somebody's computer: .*", f"có tên là một đường dẫn trên máy đã nén nó: {AGAIN}"),
    (r"is encrypted: .*", "có mật khẩu: hãy nén lại không đặt mật khẩu"),
    (r"is compressed by a method .*", f"được nén theo một cách mà bộ chấm không đọc được: {AGAIN}"),
    (r"(?:is larger|unpacks to more) than ([\d,]+) bytes: .*", "lớn hơn {} byte: hãy xóa kết quả in ra rồi lưu lại"),
    (r"unpacks to more than .*", f"giải nén ra lớn hơn nhiều so với kích thước của nó: {NOTEBOOK}"),
    (r"is in its zip more than once under this name: .*", "xuất hiện nhiều lần trong tệp zip dưới cùng một tên: hãy nén lại"),
    (r"lies more than ([\d,]+) folders deep: .*", "nằm sâu hơn {} thư mục: hãy chuyển nó lên trên"),
    (r"is a PDF, not a notebook: .*", f"là tệp PDF, không phải là sổ tay: {NOTEBOOK}"),
    (
        r"is a web page, not a notebook: .*",
        "là một trang web, không phải là sổ tay: hãy tải chính tệp ấy về (trên GitHub dùng nút Raw) rồi nộp",
    ),
    (r"is empty, not a notebook: .*", "là tệp rỗng: hãy lưu lại, hoặc nộp bản gần nhất còn nội dung"),
    (
        r"is not a notebook \(.*",
        "không phải là sổ tay: hãy mở tệp trong JupyterLab rồi lưu lại, hoặc nộp bản gần nhất còn mở được",
    ),
    (r"is none of the exercises .*", "không phải là bài tập nào ở đây: hãy nộp chính sổ tay bạn được phát"),
    (r"has no answer cell of (\w+): .*", "không có ô trả lời nào của bài {}: hãy nộp chính sổ tay bạn được phát"),
)
KIND = re.compile(rf"is ({'|'.join(map(re.escape, KINDS))})(?: and no notebook: |, not a notebook: ).*")


def in_vietnamese(sentence: str) -> str | None:
    """`sentence`, an English one on the file whose name it begins with, in Vietnamese; None where it is none of those known."""
    for pattern, vi in SAID:
        if found := re.fullmatch(f"(?P<file>.+?) {pattern}", sentence):
            return f"{found['file']} {vi.format(*(written(each, 'vi') for each in found.groups()[1:]))}"
    if found := re.fullmatch(f"(?P<file>.+?) {KIND.pattern}", sentence):
        return f"{found['file']} {KINDS[found[2]]}, không phải là sổ tay: {NOTEBOOK}"
    return None
