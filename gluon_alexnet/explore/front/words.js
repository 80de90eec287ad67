// What the explorer says, in English and Vietnamese, and numbers as each writes them.
const WORDS = {
  title: ["A look inside", "Nhìn vào bên trong"],
  takes: ["takes {shape}", "nhận ảnh {shape}"],
  parameters: ["{n} parameters", "{n} tham số"],
  language: ["Language", "Ngôn ngữ"],
  pictures: ["Pictures", "Các bức ảnh"],
  pictureNamed: ["Picture {n}", "Ảnh {n}"],
  ofClass: ["{name}, which is: {label}", "{name}, nhãn đúng: {label}"],
  draw: ["Draw one", "Vẽ một ảnh"],
  upload: ["Upload a photo", "Tải ảnh lên"],
  drop: ["Drop the photo to have it classified", "Thả ảnh vào đây để phân loại"],
  layers: ["The layers, one by one", "Từng tầng một"],
  picture: ["picture", "ảnh"],
  thePicture: ["The picture", "Bức ảnh"],
  answer: ["answer", "kết quả"],
  sees: ["sees {size}", "nhìn {size}"],
  seesAll: ["sees all", "nhìn toàn ảnh"],
  zeros: ["{share} zeros", "{share} là số 0"],
  zerosHere: ["{share} of its numbers are zero for this picture", "với ảnh này, {share} các số bằng 0"],
  zerosOf: [
    "Over {n} pictures {share} of its numbers are zero; {dead} of {all} channels never answer.",
    "Trên {n} ảnh, {share} các số bằng 0; {dead} trong {all} kênh không bao giờ phản hồi.",
  ],
  zerosOfUnits: [
    "Over {n} pictures {share} of its numbers are zero; {dead} of {all} units never answer.",
    "Trên {n} ảnh, {share} các số bằng 0; {dead} trong {all} đơn vị không bao giờ phản hồi.",
  ],
  dead: ["{n} dead", "{n} chết"],
  deadOnes: ["Dead:", "Chết:"],
  maps: ["Feature maps", "Bản đồ đặc trưng"],
  channel: ["channel {n}", "kênh {n}"],
  unit: ["unit {n}", "đơn vị {n}"],
  silent: ["silent", "im lặng"],
  silentMap: ["channel {n}, zero everywhere for this picture", "kênh {n}, bằng 0 ở mọi nơi với ảnh này"],
  strongest: ["Strongest first", "Mạnh nhất trước"],
  mapOf: [
    "Map of channel {channel} of {layer}: {rows} rows, {columns} columns. Arrow keys move over its numbers.",
    "Bản đồ kênh {channel} của {layer}: {rows} hàng, {columns} cột. Dùng các phím mũi tên để di chuyển trên các số.",
  ],
  unitsOf: [
    "The {n} units of {layer}. Arrow keys move over them.",
    "{n} đơn vị của {layer}. Dùng các phím mũi tên để di chuyển.",
  ],
  hint: [
    "Click a number of the map, or move with the arrow keys, to see what it is made of.",
    "Bấm vào một số trên bản đồ, hoặc dùng các phím mũi tên, để xem nó được tính từ đâu.",
  ],
  row: ["row {n}", "hàng {n}"],
  column: ["column {n}", "cột {n}"],
  theNumber: ["The number", "Con số"],
  madeOf: ["How it is made", "Nó được tính thế nào"],
  windowIn: ["window in {source}", "cửa sổ trong {source}"],
  filter: ["filter", "bộ lọc"],
  weights: ["weights", "trọng số"],
  products: ["products", "các tích"],
  sum: ["sum", "tổng"],
  sumOf: ["sum of {n} products", "tổng của {n} tích"],
  bias: ["bias", "độ chệch"],
  before: ["before {activation}", "trước {activation}"],
  value: ["the number", "con số"],
  largest: ["the largest", "lớn nhất"],
  mean: ["mean of {n}", "trung bình của {n} số"],
  input: ["what it is given", "số đưa vào"],
  normed: ["normalized", "sau chuẩn hóa"],
  others: ["{n} other channels, together", "{n} kênh khác, cộng lại"],
  otherUnits: ["{n} others, together", "{n} số khác, cộng lại"],
  more: ["Show more", "Xem thêm"],
  add: ["Add them up", "Cộng từng tích"],
  goThere: ["Enter or a click goes to that number in {source}.", "Nhấn Enter hoặc bấm để đi tới số đó trong {source}."],
  padding: ["padding, zero", "phần đệm, bằng 0"],
  inPicture: [
    "It sees rows {top} to {bottom} and columns {left} to {right} of the picture.",
    "Nó nhìn các hàng {top} đến {bottom} và các cột {left} đến {right} của ảnh.",
  ],
  seesNothing: ["It sees nothing but padding.", "Nó chỉ nhìn thấy phần đệm."],
  says: ["{where}: {value}.", "{where}: {value}."],
  saysSum: [
    "The sum of {n} products is {sum}, the bias {bias}, together {before}",
    "Tổng của {n} tích là {sum}, độ chệch {bias}, cộng lại {before}",
  ],
  saysAfter: [", after {activation} {value}.", ", sau {activation} là {value}."],
  saysLargest: ["The largest of {n} numbers.", "Số lớn nhất trong {n} số."],
  saysMean: ["The mean of {n} numbers.", "Trung bình của {n} số."],
  saysNorm: ["{input}, normalized.", "{input}, sau chuẩn hóa."],
  square: ["square", "bình phương"],
  saysResponse: [
    "{input}, divided by {divisor}, which the squares of {n} channels make.",
    "{input}, chia cho {divisor}, tính từ bình phương của {n} kênh.",
  ],
  saysPassed: ["It is given {input}.", "Số đưa vào là {input}."],
  saysProduct: ["{value} times {weight} is {product}.", "{value} nhân {weight} bằng {product}."],
  evidence: ["What speaks for a class", "Điều gì ủng hộ một lớp"],
  forClass: ["Class", "Lớp"],
  ofLayer: ["Maps of", "Bản đồ của"],
  plain: ["Picture", "Ảnh"],
  gradients: ["Gradient", "Gradient"],
  gradCam: ["Grad-CAM", "Grad-CAM"],
  occlusion: ["Occlusion", "Che khuất"],
  plainSays: ["The box is what the chosen number sees.", "Khung là phần ảnh mà con số đã chọn nhìn thấy."],
  gradientsSay: [
    "How much each pixel moves the score of this class (Simonyan et al. 2014).",
    "Mỗi điểm ảnh làm thay đổi điểm số của lớp này bao nhiêu (Simonyan và cộng sự 2014).",
  ],
  gradCamSays: [
    "Where the maps of {layer} speak for this class (Selvaraju et al. 2017).",
    "Những chỗ mà bản đồ của {layer} ủng hộ lớp này (Selvaraju và cộng sự 2017).",
  ],
  occlusionSays: [
    "How far its probability of {probability} drops where a grey patch of {patch} hides the picture; blue where it rises.",
    "Xác suất {probability} của lớp giảm bao nhiêu khi một mảng xám {patch} che ảnh; màu xanh là chỗ xác suất tăng.",
  ],
  probabilities: ["What it says", "Mạng nói gì"],
  right: ["right", "đúng"],
  classNumber: ["class {n}", "lớp {n}"],
  otherClasses: ["{n} other classes: {share}", "{n} lớp khác: {share}"],
  exciting: ["What excites {what} most", "Điều gì kích thích {what} nhất"],
  excitingOf: ["of {n} {kind}", "trong {n} {kind}"],
  excitingSoFar: ["of {n} of {all} {kind} so far", "trong {n} trên {all} {kind} tính đến giờ"],
  ofTraining: ["training pictures", "ảnh huấn luyện"],
  ofAny: ["pictures", "ảnh"],
  lookThrough: ["Look through many pictures", "Xem qua nhiều ảnh"],
  notYet: ["No picture has been looked through yet.", "Chưa xem qua ảnh nào."],
  never: ["It answered 0 to all of them: it is dead.", "Nó trả lời 0 với mọi ảnh: nó đã chết."],
  excitedBy: ["{value}, {label}", "{value}, {label}"],
  steps: ["From the photo to what the net is given", "Từ bức ảnh đến đầu vào của mạng"],
  drawHere: [
    "Draw a garment, light on black. Arrow keys move the brush, the space bar paints; with Shift, arrow keys draw.",
    "Vẽ một món đồ, sáng trên nền đen. Phím mũi tên di chuyển cọ, phím cách để tô; giữ Shift cùng phím mũi tên để vẽ nét.",
  ],
  clear: ["Clear", "Xóa"],
  close: ["Close", "Đóng"],
  brush: ["Brush", "Cỡ cọ"],
  shade: ["Shade", "Độ sáng"],
  verdict: ["The net says: {classes}", "Mạng nói: {classes}"],
  drawing: ["drawing", "hình vẽ"],
  wait: ["Computing…", "Đang tính…"],
  patience: [
    "Nobody has answered yet: the notebook's kernel may be busy, or not running; run the cell again then.",
    "Chưa có ai trả lời: nhân của sổ tay có thể đang bận hoặc không chạy; khi đó hãy chạy lại ô này.",
  ],
  lost: [
    "Nobody answers any more: has the program or the notebook's kernel ended?",
    "Không còn ai trả lời: chương trình hoặc nhân của sổ tay đã dừng chăng?",
  ],
  tooLarge: ["The picture is larger than 32 MB: make it smaller.", "Ảnh lớn hơn 32 MB: hãy thu nhỏ lại."],
  notRecorded: [
    "This page is a file that holds chosen answers, and not this one: `gluon-alexnet explore RUN` answers all of them.",
    "Trang này là một tệp chỉ chứa một số câu trả lời, không có câu này: `gluon-alexnet explore RUN` trả lời tất cả.",
  ],
  file: [
    "This page is a file: new pictures are classified by `gluon-alexnet explore RUN` or in a notebook.",
    "Trang này là một tệp: hãy dùng `gluon-alexnet explore RUN` hoặc sổ tay để phân loại ảnh mới.",
  ],
  nan: ["not a number", "không phải số"],
  negative: ["negative", "âm"],
  positive: ["positive", "dương"],
};
export const LANGUAGES = { en: "English", vi: "Tiếng Việt" };

// A speaker of one language: says(name, {values}), number(value), percent(share).
export function speaker(language) {
  const place = language === "vi" ? 1 : 0;
  const locale = language === "vi" ? "vi-VN" : "en-US";
  const plain = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 });
  const digits = new Intl.NumberFormat(locale, { maximumSignificantDigits: 4 });
  const few = new Intl.NumberFormat(locale, { maximumSignificantDigits: 2 });
  const share = new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 1 });
  const minus = text => text.replace("-", "−");
  const tiny = value => value !== 0 && (Math.abs(value) < 1e-4 || Math.abs(value) >= 1e7);
  const point = text => (language === "vi" ? text.replace(".", ",") : text);
  const written = (value, format, length) => {
    if (value === null || Number.isNaN(value)) return says("nan");
    if (Math.abs(value) === Infinity) return value > 0 ? "∞" : "−∞";
    return minus(tiny(value) ? point(value.toExponential(length).replace(/\.?0+e/, "e")) : format.format(value + 0));
  };
  const says = (name, values = {}) => WORDS[name][place].replace(/\{(\w+)\}/g, (_, key) => values[key]);
  return {
    language,
    says,
    whole: value => plain.format(value),
    number: value => written(value, digits, 3),
    short: value => written(value, few, 0),
    percent: value => share.format(value),
    of: texts => texts[language],
    times: sides => sides.join("×"),
  };
}
