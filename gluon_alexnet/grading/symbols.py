"""A net that was handed over as MXNet's symbol JSON: looked at before anything is made of it, and counted."""

import json
import math
import re

from gluon_alexnet.errors import UserError
from gluon_alexnet.grading.texts import Text as T
from gluon_alexnet.language import number as number_of

MAX_NODES = 5_000
MAX_BYTES = 10_000_000
# Some operators take lists of numbers as attributes, which could be weights that nobody counts.
MAX_ATTRIBUTE = 500
# MXNet's operator -> what people call it, and the attribute that tells its kind. Others are called as MXNet calls them.
NAMES = {
    "Convolution": ("convolution", None),
    "Convolution_v1": ("convolution", None),
    "FullyConnected": ("fully_connected", None),
    "Pooling": ("pooling", "pool_type"),
    "Activation": ("activation", "act_type"),
    "LeakyReLU": ("activation", "act_type"),
    "relu": ("activation:relu", None),
    "_npx_relu": ("activation:relu", None),
    "sigmoid": ("activation:sigmoid", None),
    "_npx_sigmoid": ("activation:sigmoid", None),
    "tanh": ("activation:tanh", None),
    "_npi_tanh": ("activation:tanh", None),
    "BatchNorm": ("batch_norm", None),
    "LayerNorm": ("layer_norm", None),
    "_npi_clip": ("clip", None),
    "RNN": ("rnn", "mode"),
}
# Every operator of MXNet 1.9.1 that computes on arrays and draws nothing, but for dropout.
ALLOWED = frozenset(
    """
    Activation BatchNorm BatchNorm_v1 Convolution Convolution_v1 Correlation Deconvolution Dropout Embedding Flatten
    FullyConnected GroupNorm InstanceNorm L2Normalization LRN LayerNorm LeakyReLU Pooling Pooling_v1 RNN SoftmaxActivation
    UpSampling _contrib_AdaptiveAvgPooling2D _contrib_BatchNormWithReLU _contrib_BilinearResize2D
    _contrib_DeformableConvolution _contrib_ModulatedDeformableConvolution _contrib_SyncBatchNorm _npi_rnn_param_concat
    _rnn_param_concat hard_sigmoid log_softmax relu sigmoid smooth_l1 softmax softmin softsign _npx_activation
    _npx_batch_flatten _npx_batch_norm _npx_convolution _npx_deconvolution _npx_dropout _npx_embedding _npx_fully_connected
    _npx_layer_norm _npx_leaky_relu _npx_log_softmax _npx_pooling _npx_relu _npx_rnn _npx_sigmoid _npx_smooth_l1 _npx_softmax

    BlockGrad CTCLoss IdentityAttachKLSparseReg LinearRegressionOutput LogisticRegressionOutput MAERegressionOutput MakeLoss
    SVMOutput Softmax SoftmaxOutput _contrib_CTCLoss _contrib_ctc_loss _contrib_gradientmultiplier _contrib_hawkesll
    _contrib_round_ste _contrib_sign_ste ctc_loss make_loss softmax_cross_entropy stop_gradient

    BilinearSampler Crop GridGenerator ROIPooling SpatialTransformer _contrib_DeformablePSROIPooling
    _contrib_MultiBoxDetection _contrib_MultiBoxPrior _contrib_MultiBoxTarget _contrib_MultiProposal _contrib_PSROIPooling
    _contrib_Proposal _contrib_ROIAlign _contrib_RROIAlign _contrib_bipartite_matching _contrib_box_decode _contrib_box_encode
    _contrib_box_iou _contrib_box_nms _contrib_box_non_maximum_suppression _image_adjust_lighting _image_crop
    _image_flip_left_right _image_flip_top_bottom _image_normalize _image_resize _image_to_tensor _npx__image_adjust_lighting
    _npx__image_crop _npx__image_flip_left_right _npx__image_flip_top_bottom _npx__image_normalize _npx__image_resize
    _npx__image_to_tensor _npx_multibox_detection _npx_multibox_prior _npx_multibox_target _npx_roi_pooling

    _contrib_interleaved_matmul_encdec_qk _contrib_interleaved_matmul_encdec_valatt _contrib_interleaved_matmul_selfatt_qk
    _contrib_interleaved_matmul_selfatt_valatt _np_dot _npi_einsum _npi_matmul _npi_tensordot _npi_tensordot_int_axes
    _npx_batch_dot batch_dot dot khatri_rao _linalg_det _linalg_extractdiag _linalg_extracttrian _linalg_gelqf _linalg_gemm
    _linalg_gemm2 _linalg_inverse _linalg_makediag _linalg_maketrian _linalg_potrf _linalg_potri _linalg_slogdet
    _linalg_sumlogdiag _linalg_syevd _linalg_syrk _linalg_trmm _linalg_trsm linalg_det linalg_extractdiag linalg_extracttrian
    linalg_gelqf linalg_gemm linalg_gemm2 linalg_inverse linalg_makediag linalg_maketrian linalg_potrf linalg_potri
    linalg_slogdet linalg_sumlogdiag linalg_syrk linalg_trmm linalg_trsm _npi_cholesky _npi_det _npi_eig _npi_eigh
    _npi_eigvals _npi_eigvalsh _npi_inv _npi_norm _npi_pinv _npi_pinv_scalar_rcond _npi_slogdet _npi_solve _npi_svd
    _npi_tensorinv _npi_tensorsolve norm

    ElementWiseSum _Div _DivScalar _Equal _EqualScalar _Greater _GreaterEqualScalar _GreaterScalar _Greater_Equal _Hypot
    _HypotScalar _Lesser _LesserEqualScalar _LesserScalar _Lesser_Equal _LogicalAndScalar _LogicalOrScalar _LogicalXorScalar
    _Logical_And _Logical_Or _Logical_Xor _Maximum _MaximumScalar _Minimum _MinimumScalar _Minus _MinusScalar _Mod _ModScalar
    _Mul _MulScalar _NotEqualScalar _Not_Equal _Plus _PlusScalar _Power _PowerScalar _RDivScalar _RMinusScalar _RModScalar
    _RPowerScalar _add _div _div_scalar _equal _equal_scalar _grad_add _greater _greater_equal _greater_equal_scalar
    _greater_scalar _hypot _hypot_scalar _lesser _lesser_equal _lesser_equal_scalar _lesser_scalar _logical_and
    _logical_and_scalar _logical_or _logical_or_scalar _logical_xor _logical_xor_scalar _maximum _maximum_scalar _minimum
    _minimum_scalar _minus _minus_scalar _mod _mod_scalar _mul _mul_scalar _not_equal _not_equal_scalar _plus _plus_scalar
    _power _power_scalar _rdiv_scalar _rminus_scalar _rmod_scalar _rpower_scalar _sub add_n broadcast_add broadcast_div
    broadcast_equal broadcast_greater broadcast_greater_equal broadcast_hypot broadcast_lesser broadcast_lesser_equal
    broadcast_logical_and broadcast_logical_or broadcast_logical_xor broadcast_maximum broadcast_minimum broadcast_minus
    broadcast_mod broadcast_mul broadcast_not_equal broadcast_plus broadcast_power broadcast_sub elemwise_add elemwise_div
    elemwise_mul elemwise_sub _npi_add _npi_add_scalar _npi_arctan2 _npi_arctan2_scalar _npi_bitwise_and
    _npi_bitwise_and_scalar _npi_bitwise_or _npi_bitwise_or_scalar _npi_bitwise_xor _npi_bitwise_xor_scalar _npi_copysign
    _npi_copysign_scalar _npi_equal _npi_equal_scalar _npi_greater _npi_greater_equal _npi_greater_equal_scalar
    _npi_greater_scalar _npi_hypot _npi_hypot_scalar _npi_lcm _npi_lcm_scalar _npi_ldexp _npi_ldexp_scalar _npi_less
    _npi_less_equal _npi_less_equal_scalar _npi_less_scalar _npi_maximum _npi_maximum_scalar _npi_minimum _npi_minimum_scalar
    _npi_mod _npi_mod_scalar _npi_multiply _npi_multiply_scalar _npi_not_equal _npi_not_equal_scalar _npi_polyval _npi_power
    _npi_power_scalar _npi_powerd _npi_rarctan2_scalar _npi_rcopysign_scalar _npi_rldexp_scalar _npi_rmod_scalar
    _npi_rpower_scalar _npi_rsubtract_scalar _npi_rtrue_divide_scalar _npi_subtract _npi_subtract_scalar _npi_true_divide
    _npi_true_divide_scalar

    _contrib_allclose _contrib_div_sqrt_dim _contrib_fft _contrib_ifft _contrib_quadratic abs arccos arccosh arcsin arcsinh
    arctan arctanh cbrt ceil clip cos cosh degrees erf erfinv exp expm1 fix floor gamma gammaln log log10 log1p log2
    logical_not negative radians rcbrt reciprocal rint round rsqrt sign sin sinh sqrt square tan tanh trunc _npi_abs
    _npi_absolute _npi_arccos _npi_arccosh _npi_arcsin _npi_arcsinh _npi_arctan _npi_arctanh _npi_around _npi_bitwise_not
    _npi_cbrt _npi_ceil _npi_clip _npi_cos _npi_cosh _npi_degrees _npi_exp _npi_expm1 _npi_fix _npi_floor _npi_isfinite
    _npi_isinf _npi_isnan _npi_isneginf _npi_isposinf _npi_log _npi_log10 _npi_log1p _npi_log2 _npi_logical_not
    _npi_nan_to_num _npi_negative _npi_radians _npi_reciprocal _npi_rint _npi_sign _npi_sin _npi_sinh _npi_sqrt _npi_square
    _npi_tan _npi_tanh _npi_trunc _npx_constraint_check _npx_erf _npx_erfinv _npx_gamma _npx_gammaln _random_pdf_dirichlet
    _random_pdf_exponential _random_pdf_gamma _random_pdf_generalized_negative_binomial _random_pdf_negative_binomial
    _random_pdf_normal _random_pdf_poisson _random_pdf_uniform random_pdf_dirichlet random_pdf_exponential random_pdf_gamma
    random_pdf_generalized_negative_binomial random_pdf_negative_binomial random_pdf_normal random_pdf_poisson
    random_pdf_uniform

    _histogram argmax argmax_channel argmin argsort cumsum max max_axis mean min min_axis moments nanprod nansum pick prod
    choose_element_0index sort sum sum_axis topk _np_all _np_amax _np_amin _np_any _np_cumsum _np_max _np_min _np_prod
    _np_product _np_sometrue _np_sum _np_trace _npi_argmax _npi_argmin _npi_argsort _npi_average _npi_diff _npi_ediff1d
    _npi_histogram _npi_mean _npi_percentile _npi_sort _npi_std _npi_var _npx_pick _npx_topk

    Cast Concat Pad Reshape SequenceLast SequenceMask SequenceReverse SliceChannel SwapAxis _arange _contrib_arange_like
    _contrib_count_sketch _contrib_index_array _contrib_index_copy _copy _eye _full _identity_with_attr_like_rhs _linspace
    _ones _ravel_multi_index _scatter_set_nd _slice_assign _slice_assign_scalar _split_v2 _unravel_index _zeros
    _zeros_without_dtype amp_cast amp_multicast batch_take broadcast_axes broadcast_axis broadcast_like broadcast_to cast
    col2im concat crop depth_to_space diag expand_dims flatten flip gather_nd identity im2col one_hot ones_like pad
    ravel_multi_index repeat reshape reshape_like reverse scatter_nd shape_array size_array slice slice_axis slice_like
    space_to_depth split squeeze stack swapaxes take tile transpose unravel_index where zeros_like _np_atleast_1d
    _np_atleast_2d _np_atleast_3d _np_copy _np_diag _np_diagflat _np_diagonal _np_moveaxis _np_repeat _np_reshape _np_roll
    _np_squeeze _np_transpose _npi_arange _npi_blackman _npi_boolean_mask_assign_scalar _npi_boolean_mask_assign_tensor
    _npi_broadcast_to _npi_cast _npi_column_stack _npi_concatenate _npi_delete _npi_diag_indices_from _npi_dsplit _npi_dstack
    _npi_expand_dims _npi_eye _npi_flip _npi_full _npi_full_like _npi_gather_nd _npi_hamming _npi_hanning _npi_hsplit
    _npi_hstack _npi_identity _npi_indices _npi_insert_scalar _npi_insert_slice _npi_insert_tensor _npi_linspace _npi_logspace
    _npi_ones _npi_pad _npi_reshape _npi_rot90 _npi_scatter_set_nd _npi_slice _npi_slice_assign _npi_slice_assign_scalar
    _npi_split _npi_stack _npi_swapaxes _npi_take _npi_tile _npi_tril _npi_vstack _npi_where _npi_where_lscalar
    _npi_where_rscalar _npi_where_scalar2 _npi_zeros _npx_arange_like _npx_cast _npx_gather_nd _npx_one_hot _npx_reshape
    _npx_reshape_like _npx_sequence_mask _npx_shape_array _npx_slice
    """.split()
)
# What else MXNet has, and why a net that is graded must do without it: (pattern, reason).
REFUSED = tuple(
    (re.compile(pattern), reason)
    for pattern, reason in (
        (
            r"random_(?!pdf_)|sample_|shuffle|bernoulli|^(normal|uniform)$"
            r"|^_npi_(choice|multinomial|normal|uniform|gumbel|logistic|exponential|gamma|pareto|rayleigh|weibull)(_n)?$",
            T("draws random numbers, which only dropout may", "sinh số ngẫu nhiên, việc mà chỉ dropout được phép làm"),
        ),
        (
            r"Custom|^_Native$|^_NDArray$|_CachedOp|^_NoGradient$|^_CrossDeviceCopy$|^_sg_",
            T("runs code that is not in the net", "chạy mã nằm ngoài mạng"),
        ),
        (r"^_(foreach|while_loop|cond)$", T("is control flow", "là lệnh điều khiển luồng")),
        (r"imdecode|imread|cvim|_cvcopy", T("reads files or decodes pictures", "đọc tệp hoặc giải mã ảnh")),
        (
            r"update|multi_lars|multi_sum_sq|reset_arrays|all_finite",
            T("is a step of an optimizer", "là một bước của bộ tối ưu"),
        ),
        (r"quantize|calibrate", T("computes with quantized numbers", "tính với số đã lượng tử hóa")),
        (
            r"_sparse_|cast_storage|_square_sum|getnnz|_dgl_|edge_id|SparseEmbedding|^_scatter_(elemwise|minus|plus)",
            T("is for sparse arrays", "dành cho mảng thưa"),
        ),
        (
            r"^_set_value$|_copyto$|share_memory|crop_assign|fill_element|onehot_encode",
            T("writes into an array that it is given", "ghi đè lên mảng được truyền vào"),
        ),
        (
            r"boolean_mask$|nonzero|unique|bincount",
            T("has an output whose shape depends on the values", "có đầu ra với hình dạng thay đổi theo giá trị"),
        ),
    )
)


class _NoGraph(Exception):
    """Why a text is no graph that is taken; args[0] is a Text."""


def operators(text):
    """The operators of the symbol JSON `text` in their order, such as 'pooling:max'.

    Raises UserError of a Text where the text is no graph or holds an operator that is not to be run.
    """
    try:
        if len(text) > MAX_BYTES:
            raise _NoGraph(T("it is too long", "nó quá dài"))
        nodes = json.loads(text)["nodes"]
        if len(nodes) > MAX_NODES:
            raise _NoGraph(
                T(f"it has more than {number_of(MAX_NODES)} nodes", f"nó có hơn {number_of(MAX_NODES, 'vi')} nút trong đồ thị")
            )
        kinds = [(str(node["op"]), {key: str(value) for key, value in dict(node.get("attrs") or {}).items()}) for node in nodes]
        if sum((node["op"], node["name"]) == ("null", "data") for node in nodes) > 1:
            raise _NoGraph(T("it has two inputs called data", "nó có hai đầu vào cùng tên data"))
        if any("subgraphs" in node for node in nodes):
            raise _NoGraph(T("it has graphs within the graph", "nó chứa đồ thị con trong đồ thị"))
    except (_NoGraph, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        why = error.args[0] if isinstance(error, _NoGraph) else T(*[f"{type(error).__name__}: {error}"] * 2)
        raise UserError(T(f"the net cannot be read: {why.en}", f"không đọc được mạng: {why.vi}")) from error
    return [name_of(op, attrs) for op, attrs in kinds if op != "null"]


def name_of(op, attrs):
    """What people call MXNet's operator `op` with `attrs`, a dict of str; UserError of a Text where it is not to be run."""
    reason = why_not(op, attrs)
    if reason:
        raise UserError(
            T(
                f"the net uses the operator {op[:80]}, which {reason.en}; "
                "every operator of MXNet that only computes on arrays may be used",
                f"mạng dùng toán tử {op[:80]}, vốn {reason.vi}; được dùng mọi toán tử của MXNet chỉ tính toán trên mảng",
            )
        )
    if op in ("_npi_maximum_scalar", "_maximum_scalar") and attrs.get("scalar") in ("0", "0.0"):
        return "activation:relu"
    name, attribute = NAMES.get(op) or (plain(op), None)
    return f"{name}:{attrs.get(attribute)}" if attribute else name


def why_not(op, attrs):
    """Why a net with this operator is not graded, a Text; None where it is."""
    if op == "LeakyReLU" and attrs.get("act_type") == "rrelu":
        return REFUSED[0][1]
    if op in ALLOWED:
        if max(map(len, attrs.values()), default=0) > MAX_ATTRIBUTE:
            return T("has numbers written into its settings", "có các con số viết thẳng vào thiết lập")
        return None
    unknown = T("is not known here", "không nằm trong danh sách của bộ chấm")
    return next((reason for pattern, reason in REFUSED if pattern.search(op)), unknown)


def plain(op):
    """An operator's name as people say it: 'subtract' for _npi_rsubtract_scalar, broadcast_minus, _MinusScalar, ..."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", op).lower()
    words = re.sub(r"^(_npi_|_npx_+|_np_|_contrib_|_?linalg_|_image_|broadcast_|elemwise_|_+)", "", words)
    words = re.sub(r"_scalar$", "", words)
    words = re.sub(r"^r(?=(subtract|minus|div|true_divide|power|mod|ldexp|arctan2|copysign)$)", "", words)
    same = {"plus": "add", "sub": "subtract", "minus": "subtract", "mul": "multiply", "div": "divide", "true_divide": "divide"}
    return same.get(words, words)


def numbered(text):
    """The symbol JSON `text` with every node but the images called by its number, 'n0', 'n1', ...

    Names may clash, as where a dense layer is called as its weights are; a shape looked up by name would then be the other's.
    """
    graph = json.loads(text)
    for number, node in enumerate(graph["nodes"]):
        if (node["op"], node["name"]) != ("null", "data"):
            node["name"] = f"n{number}"
    return json.dumps(graph)


def with_open_shapes(text):
    """The symbol JSON `text` with -1 for the unknown lengths of the states that Gluon's recurrent layers begin with.

    Gluon writes them as 0, which in NumPy mode is a length.
    """
    graph = json.loads(text)
    for node in graph["nodes"]:
        if node["op"] in ("_zeros", "_npi_zeros") and "shape" in node.get("attrs", {}):
            node["attrs"]["shape"] = re.sub(r"\b0\b", "-1", node["attrs"]["shape"])
    return json.dumps(graph)


def shapes_by_node(text, names, shapes):
    """{number of a node: the shapes of its outputs}; names, shapes: of all outputs of `numbered(text)`, in MXNet's order."""
    nodes, found = json.loads(text)["nodes"], {}
    images = next((n for n, node in enumerate(nodes) if (node["op"], node["name"]) == ("null", "data")), None)
    for name, shape in zip(names, shapes, strict=True):
        number = images if name == "data" else int(re.match(r"n(\d+)", name)[1])
        found.setdefault(number, []).append(tuple(shape))
    return found


def count(text, one, two, trained):
    """(parameters, multiply-adds of one image) of the symbol JSON `text`, as in gluon_alexnet.analysis.

    one, two: as from `shapes_by_node`, for one image and for a batch of two. trained: the names of the inputs that are trained.
    Multiply-adds are those of the formula, whatever a clever program would do: of convolutions and matrix products however
    they are written, and one for each number of an array that is the product of two arrays.
    """
    nodes = json.loads(text)["nodes"]
    names = [node["name"] for node in nodes]
    params = sum(math.prod(one[n][0]) for n, node in enumerate(nodes) if node["op"] == "null" and names[n] in trained)
    total = 0
    for number, node in enumerate(nodes):
        if node["op"] == "null":
            continue
        attrs = {key: str(value) for key, value in (node.get("attrs") or {}).items()}
        given, given_two = (
            # An output that no other part of the net can see has no shape here, and is not used.
            [shapes[source][min(place, len(shapes[source]) - 1)] for source, place, *_ in node["inputs"]]
            for shapes in (one, two)
        )
        total += multiply_adds(node["op"], attrs, given, one[number][0])
        total += pairs(node["op"], given_two, two[number][0]) // 2
    return params, total


def multiply_adds(op, attrs, inputs, output):
    """How many multiply-adds an operator takes. attrs: dict of str; inputs: list of shapes; output: the first output's shape."""
    name, size, many = plain(op), math.prod(output), list(map(math.prod, inputs))
    if name in WEIGHTED:
        # A weight is (out, in / groups, height, width) or (out, in): every output is the sum over one row of it.
        place = WEIGHTED[name]
        return size * many[place] // max(1, inputs[place][0])
    if name in ("deconvolution", "up_sampling") and len(inputs) > 1:
        # The weight is (in, out / groups, height, width): every input meets all of its row.
        return many[0] * many[1] // max(1, inputs[1][0])
    if name in ("dot", "tensordot", "tensordot_int_axes"):
        # Of A K, K B and A B numbers: A K B.
        return math.isqrt(many[0] * many[1] * size)
    if name in PRODUCTS:
        return PRODUCTS[name](attrs, inputs, output)
    if name in SOLVERS:
        return many[0] * (inputs[0][-1] if inputs[0] else 1)
    return size if name in ELEMENTWISE_PRODUCTS and len(inputs) == 2 else 0


def pairs(op, inputs, output):
    """How many pairs an operator makes of all numbers of two arrays, as in |x - w| for every x and every w; else 0."""
    size = math.prod(output)
    return size if plain(op) in ELEMENTWISE and len(inputs) == 2 and size > max(map(math.prod, inputs)) else 0


def _flag(attrs, name):
    return attrs.get(name, "False") in ("True", "1", "true")


def _matrix_product(attrs, inputs, output):
    first = inputs[0]
    summed = first[-2] if _flag(attrs, "transpose_a") and len(first) > 1 else first[-1]
    return math.prod(output) * summed


def _gemm(attrs, inputs, output):
    axis = int(attrs.get("axis", -2))
    return math.prod(output) * (inputs[0][axis] if _flag(attrs, "transpose_a") else inputs[0][-1])


def _syrk(attrs, inputs, output):
    return math.prod(output) * inputs[0][-2 if _flag(attrs, "transpose") else -1]


def _einsum(attrs, inputs, output):
    """The sizes of all letters, multiplied, for each operand after the first."""
    terms = attrs.get("subscripts", "").replace(" ", "").split("->")[0].split(",")
    letters, rest = {}, 1
    for term, shape in zip(terms, inputs, strict=False):
        before, dots, after = term.partition("...")
        names = list(before) + list(after)
        spare = len(shape) - len(names)
        if dots:
            rest = max(rest, math.prod(shape[len(before) : len(before) + spare]))
            shape = shape[: len(before)] + shape[len(before) + spare :]
        for letter, length in zip(names, shape, strict=False):
            letters[letter] = max(length, letters.get(letter, 1))
    return max(0, len(inputs) - 1) * math.prod(letters.values()) * rest


def _heads(place):
    """Of queries times keys: numbers of each head, from the width of input `place`."""

    def product(attrs, inputs, output):
        heads = int(attrs.get("heads", 1))
        parts = 3 if len(inputs) == 1 else 1
        return math.prod(output) * inputs[place][-1] // (heads * parts)

    return product


def _rnn(attrs, inputs, output):
    steps, batch, width = inputs[0]
    hidden, layers = int(attrs["state_size"]), int(attrs["num_layers"])
    both = 2 if _flag(attrs, "bidirectional") else 1
    gates = {"lstm": 4, "gru": 3}.get(attrs["mode"], 1)
    projected = attrs.get("projection_size", "None")
    out = hidden if projected == "None" else int(projected)
    total = 0
    for _ in range(layers):
        total += both * (gates * hidden * (width + out) + (0 if projected == "None" else out * hidden))
        width = both * out
    return steps * batch * total


def _correlation(attrs, inputs, output):
    kernel = int(attrs.get("kernel_size", 1))
    return math.prod(output) * inputs[0][1] * kernel * kernel


# Which input of an operator is its weight.
WEIGHTED = {
    "convolution": 1,
    "convolution_v1": 1,
    "fully_connected": 1,
    "deformable_convolution": 2,
    "modulated_deformable_convolution": 3,
}
PRODUCTS = {
    "batch_dot": _matrix_product,
    "matmul": _matrix_product,
    "gemm": _gemm,
    "gemm2": _gemm,
    "syrk": _syrk,
    "trmm": lambda attrs, inputs, output: math.prod(output) * inputs[0][-1],
    "trsm": lambda attrs, inputs, output: math.prod(output) * inputs[0][-1],
    "einsum": _einsum,
    "khatri_rao": lambda attrs, inputs, output: max(0, len(inputs) - 1) * math.prod(output),
    "interleaved_matmul_selfatt_qk": _heads(0),
    "interleaved_matmul_encdec_qk": _heads(0),
    "interleaved_matmul_selfatt_valatt": lambda attrs, inputs, output: math.prod(output) * inputs[1][-1],
    "interleaved_matmul_encdec_valatt": lambda attrs, inputs, output: math.prod(output) * inputs[1][-1],
    "rnn": _rnn,
    "correlation": _correlation,
    "polyval": lambda attrs, inputs, output: math.prod(output) * inputs[0][-1],
    "average": lambda attrs, inputs, output: math.prod(inputs[0]) if len(inputs) > 1 else 0,
    "count_sketch": lambda attrs, inputs, output: math.prod(inputs[0]),
}
SOLVERS = frozenset(
    "cholesky det eig eigh eigvals eigvalsh gelqf inv inverse pinv pinv_scalar_rcond potrf potri slogdet solve svd syevd "
    "tensorinv tensorsolve".split()
)
ELEMENTWISE_PRODUCTS = frozenset("multiply divide power powerd mod ldexp".split())
ELEMENTWISE = frozenset(
    "add grad_add subtract maximum minimum hypot arctan2 copysign lcm equal not_equal greater greater_equal less less_equal "
    "lesser lesser_equal logical_and logical_or logical_xor bitwise_and bitwise_or bitwise_xor".split()
)
