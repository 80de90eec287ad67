"""What the pages of a class say in their own words, in English and Vietnamese; numbers and times as each language writes them."""

from __future__ import annotations

import contextlib
from datetime import datetime

from gluon_alexnet.grading.texts import Text as T
from gluon_alexnet.grading.texts import visible
from gluon_alexnet.language import short

# What a page calls a Row's flag and what else it marks; the keys are what its filter is called in the page's address.
MARKS = {
    "full": T("full marks", "đủ điểm"),
    "machine": T("machine too busy", "máy quá bận"),
    "our fault": T("a check failed", "phần kiểm tra bị lỗi"),
    "unreadable": T("unreadable", "không đọc được"),
    "missing": T("not handed in", "chưa nộp"),
    "late": T("late", "nộp muộn"),
    "not attempted": T("tasks not attempted", "có nhiệm vụ chưa làm"),
    "alike": T("alike", "giống bài khác"),
    "comment": T("commented", "có nhận xét"),
}

# What became of a notebook that has no score, for its student: (headline, what to do).
UNJUDGED = {
    "machine": (
        T("Not judged to the end: nothing is lost", "Chưa chấm xong: bạn không mất điểm nào"),
        T(
            "The machine that graded was too busy for some of your tasks. They cost you no points, and you need do nothing: they "
            "will be graded again.",
            "Máy chấm quá bận nên một số nhiệm vụ của bạn chưa được chấm. Bạn không mất điểm ở đó và không cần làm gì: các nhiệm "
            "vụ ấy sẽ được chấm lại.",
        ),
    ),
    "our fault": (
        T("Not judged to the end: the mistake is not yours", "Chưa chấm xong: lỗi không phải của bạn"),
        T(
            "A check failed by itself, whatever you answered. It costs you no points, and you need do nothing: your teacher sees "
            "it and will have your notebook graded again.",
            "Một phần kiểm tra tự nó bị lỗi, không phải do câu trả lời của bạn. Bạn không mất điểm ở đó và không cần làm gì: "
            "giảng viên thấy lỗi này và sẽ cho chấm lại sổ tay của bạn.",
        ),
    ),
    "unreadable": (
        T("Your notebook could not be read", "Không đọc được sổ tay của bạn"),
        T(
            "Open it in JupyterLab, look whether your answers are there, save it, and hand in the .ipynb file again. If it does "
            "not open, hand in the last version that does.",
            "Hãy mở tệp trong JupyterLab, xem các câu trả lời còn đủ không, lưu lại rồi nộp lại tệp .ipynb. Nếu tệp không mở "
            "được, hãy nộp bản gần nhất còn mở được.",
        ),
    ),
    "missing": (
        T("Nothing was handed in", "Chưa có bài nộp"),
        T(
            "Hand in your notebook, the .ipynb file. If you have, tell your teacher.",
            "Hãy nộp sổ tay của bạn, tức là tệp .ipynb. Nếu bạn đã nộp rồi, hãy báo cho giảng viên.",
        ),
    ),
}

STUDENT = {
    "title": T("Your scores", "Điểm của bạn"),
    "exercise": T("Exercise", "Bài tập"),
    "score": T("Score", "Điểm"),
    "points": T("points", "điểm"),
    "of": T("of", "trên"),
    "total": T("All exercises", "Tất cả các bài"),
    "handed_in": T("handed in {}", "nộp lúc {}"),
    "attempt": T("attempt {} of {}", "lần nộp thứ {} trong {} lần"),
    "due": T("due {}", "hạn nộp {}"),
    "late": T("late", "nộp muộn"),
    "penalty": T("{} points, less {} for being late", "{} điểm, trừ {} điểm vì nộp muộn"),
    "answer": T("Your answer", "Câu trả lời của bạn"),
    "no_answer": T("There is no answer to show.", "Không có câu trả lời nào để hiện ở đây."),
    "right": T("right", "đúng"),
    "unasked": T("was not asked", "chưa được hỏi"),
    "parts": T("What it was judged by", "Được chấm theo những phần sau"),
    "comment": T("Your teacher's comment", "Nhận xét của giảng viên"),
    "drawn": T(
        "“…” stands for values that were drawn for the grading; they are not shown.",
        "Dấu “…” thay cho những giá trị được rút ngẫu nhiên lúc chấm; chúng không được nêu ra ở đây.",
    ),
    "said": T("What the grader said of the file", "Bộ chấm nói về tệp này"),
    "no_tasks": T("No task was judged.", "Chưa có nhiệm vụ nào được chấm."),
    "in_words": T("read by your teacher, not graded here", "giảng viên sẽ đọc, không tính điểm ở đây"),
    "no_words": T("You have written nothing here.", "Bạn chưa viết gì ở đây."),
    "made": T("Graded by gluon_alexnet {}.", "Chấm bằng gluon_alexnet {}."),
    "without": T("no score yet", "chưa có điểm"),
}

CLASS = {
    "title": T("Scores of the class", "Điểm của lớp"),
    "running": T("{} of {} notebooks graded", "Đã chấm {} trong {} sổ tay"),
    "left": T("about {} left", "còn khoảng {}"),
    "done": T("All {} notebooks graded in {}", "Đã chấm xong cả {} sổ tay trong {}"),
    "began": T("begun {}", "bắt đầu lúc {}"),
    "reload": T("load this page again every {} seconds", "tự tải lại trang này sau mỗi {} giây"),
    "contents": T("On this page", "Trên trang này"),
    "problems": T("Problems", "Trục trặc"),
    "no_problems": T("None: every notebook was judged to the end.", "Không có: mọi sổ tay đều đã chấm xong."),
    "problem": T("Problem", "Trục trặc"),
    "count": T("Count", "Số lượng"),
    "whose": T("Whose", "Của ai"),
    "more": T("and {} more", "và {} nữa"),
    "faults": T("Checks that failed", "Những phần kiểm tra bị lỗi"),
    "notes": T("Notes on files: {}", "Ghi chú về các tệp: {}"),
    "lines": T("What was left out, and what else was said: {}", "Những gì bị bỏ qua và lời nhắn khác: {}"),
    "unread": T("Files that could not be read: {}", "Những tệp không đọc được: {}"),
    "file": T("File", "Tệp"),
    "said": T("What was said", "Lời nhắn"),
    "students": T("Students", "Sinh viên"),
    "student": T("Student", "Sinh viên"),
    "notebooks": T("Notebooks", "Sổ tay"),
    "judged": T("Judged to the end", "Đã chấm xong"),
    "full": T("With full marks", "Đủ điểm"),
    "no_score": T("Without a score", "Chưa có điểm"),
    "search": T("Search", "Tìm"),
    "exercise": T("Exercise", "Bài tập"),
    "exercises": T("Exercises", "Các bài tập"),
    "every": T("all", "tất cả"),
    "marked": T("Marked", "Dấu hiệu"),
    "any": T("any", "bất kỳ"),
    "from": T("Points from", "Điểm từ"),
    "to": T("to", "đến"),
    "reset": T("Show all", "Hiện tất cả"),
    "shown": T("{shown} of {all} students shown", "Hiện {shown} trong {all} sinh viên"),
    "sort": T("Press a column's name to sort by it.", "Bấm vào tên cột để sắp xếp theo cột ấy."),
    "total": T("Total", "Tổng"),
    "time": T("Time", "Thời gian"),
    "remarks": T("Remarks", "Ghi chú"),
    "unknown": T("Unknown", "Không rõ"),
    "nobody": T("Nobody yet.", "Chưa có ai."),
    "distribution": T("Distribution of the scores", "Phân bố điểm"),
    "summary": T(
        "{n} scores: median {median}, mean {mean}, lowest {lowest}, highest {highest}",
        "{n} điểm số: trung vị {median}, trung bình {mean}, thấp nhất {lowest}, cao nhất {highest}",
    ),
    "bar": T("{} points: {}", "{} điểm: {}"),
    "no_scores": T("No scores yet.", "Chưa có điểm nào."),
    "tasks": T("Tasks and their parts", "Các nhiệm vụ và từng phần"),
    "task": T("Task or part", "Nhiệm vụ hoặc phần"),
    "points": T("Points", "Điểm"),
    "mean": T("Mean", "Trung bình"),
    "right": T("Right", "Đúng"),
    "statuses": T("What became of it", "Kết quả"),
    "mistakes": T("Named mistakes", "Những lỗi có tên"),
    "no_mistakes": T("No answer shows a mistake that has a name.", "Không câu trả lời nào mắc một lỗi có tên."),
    "mistake": T("Mistake", "Lỗi"),
    "written": T("Written answers", "Câu trả lời viết"),
    "written_means": T(
        "Questions that are answered in words. Nothing grades them: open one to read what everybody has written, one below the "
        "other.",
        "Những câu hỏi trả lời bằng lời, máy không chấm. Hãy mở một câu để đọc lần lượt bài viết của cả lớp.",
    ),
    "no_written": T("No exercise here asks for an answer in words.", "Không bài nào ở đây có câu hỏi trả lời bằng lời."),
    "answered": T("answers: {}", "số câu trả lời: {}"),
    "unanswered": T("without an answer: {}", "chưa trả lời: {}"),
    "silent": T("Without an answer", "Chưa trả lời"),
    "alike": T("Alike", "Giống nhau"),
    "alike_means": T(
        "Two answers may be alike for many reasons: a common source, work in pairs, an obvious way. Read both before you say "
        "anything. The last column says how many such pairs a class of this size has by chance.",
        "Hai câu trả lời có thể giống nhau vì nhiều lẽ: chung nguồn tham khảo, làm việc theo cặp, cách làm hiển nhiên. Hãy đọc "
        "cả hai trước khi kết luận. Cột cuối cho biết một lớp cỡ này ngẫu nhiên có bao nhiêu cặp như vậy.",
    ),
    "not_compared": T("The answers have not been compared.", "Các câu trả lời chưa được so sánh với nhau."),
    "none_alike": T("No two are more alike than chance makes them.", "Không cặp nào giống nhau quá mức ngẫu nhiên."),
    "pair": T("Students", "Hai sinh viên"),
    "kind": T("By", "Theo"),
    "text": T("text", "văn bản"),
    "behaviour": T("behaviour", "cách trả lời"),
    "net": T("net", "mạng"),
    "in_tasks": T("tasks: {}", "số nhiệm vụ: {}"),
    "likeness": T("Alike", "Mức giống"),
    "chance": T("By chance", "Ngẫu nhiên"),
    "what": T("What is alike", "Giống ở đâu"),
    "times": T("Time of a notebook", "Thời gian mỗi sổ tay"),
    "median": T("Median", "Trung vị"),
    "longest": T("Longest", "Lâu nhất"),
    "sum": T("Together", "Tổng cộng"),
    "made": T(
        "Written by gluon_alexnet {}. An empty score is one that is not known, and never 0.",
        "Trang này do gluon_alexnet {} tạo. Điểm để trống là điểm chưa biết, không bao giờ là 0.",
    ),
}

MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()


def in_words(texts: dict[str, T], language: str) -> dict[str, str]:
    """All of `texts` in `language`, for a template."""
    return {name: text.to(language) for name, text in texts.items()}


def signed(value: float, language: str) -> str:
    """A number with its sign, a minus as typesetters have it."""
    return f"{'+' if value >= 0 else '−'}{short(abs(value), language)}"


def percent(part: float, whole: float, language: str) -> str:
    """A share in per cent: all and none only where it is so."""
    value = round(100 * part / whole)
    value = min(value, 99) if part < whole else value
    value = max(value, 1) if part else value
    return f"{short(value, language)}%"


def duration(seconds: float, language: str) -> str:
    """'9.5 s', '4 min 07 s', '1 h 08 min', or in Vietnamese words."""
    second, minute, hour = ("giây", "phút", "giờ") if language == "vi" else ("s", "min", "h")
    if seconds < 59.5:
        return f"{short(seconds, language, 0 if seconds >= 9.95 else 1)}\u00a0{second}"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes}\u00a0{minute} {rest:02}\u00a0{second}"
    return f"{minutes // 60}\u00a0{hour} {minutes % 60:02}\u00a0{minute}"


def moment(text: str, language: str) -> str:
    """A time in ISO 8601 as a person writes it, with its zone where that is known; what is no time as it is."""
    when = None
    with contextlib.suppress(ValueError):
        when = datetime.fromisoformat(text.replace("Z", "+00:00"))
    if when is None:
        return visible(text, 40)
    offset = when.strftime("%z")
    zone = f"\u00a0(UTC{offset[:3]}:{offset[3:5]})" if offset else ""
    zone = "\u00a0UTC" if offset == "+0000" else zone
    if language == "vi":
        return f"{when:%H:%M}{zone} ngày {when.day}/{when.month}/{when.year}"
    return f"{when.day} {MONTHS[when.month - 1]} {when.year}, {when:%H:%M}{zone}"
