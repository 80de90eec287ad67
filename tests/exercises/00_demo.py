# %% [markdown] name="intro" lang="en"
# # 0. A small exercise for the tests
# %% [markdown] name="intro" lang="vi"
# # 0. Bài tập nhỏ để kiểm thử, đủ dài để nhận ra tiếng Việt qua những chữ có dấu của nó

# %% name="setup" tags=["setup"]
import numpy as np

OFFSET = 1

# %% [markdown] name="double-text" lang="en"
# ## Task 1. Twice as much (3 points)
# %% [markdown] name="double-text" lang="vi"
# ## Nhiệm vụ 1. Gấp đôi (3 điểm)
# %% nbgrader={"grade": false, "grade_id": "double", "locked": false, "schema_version": 3, "solution": true, "task": false}
def double(x):
    """Twice the number or array x."""
    ### BEGIN SOLUTION
    return 2 * x
    ### END SOLUTION
# %% nbgrader={"grade": true, "grade_id": "double-check", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
print(double(21))
### BEGIN HIDDEN TESTS
def check(ask):
    with ask.part(1, T("whole numbers", "số nguyên")):
        for n in ask.random.integers(-99, 99, 5):
            ask.call("double", int(n)).equals(2 * int(n))
    with ask.part(2, T("arrays", "mảng")):
        x = ask.random.normal(size=(3, 4))
        ask.call("double", x).close_to(2 * x)
### END HIDDEN TESTS

# %% name="between" tags=["setup"]
def given(x):
    return x + OFFSET

# %% [markdown] name="relu-text" lang="en"
# ## Task 2. Rectified (2 points)
# %% [markdown] name="relu-text" lang="vi"
# ## Nhiệm vụ 2. Hàm ReLU (2 điểm)
# %% nbgrader={"grade": false, "grade_id": "relu", "locked": false, "schema_version": 3, "solution": true, "task": false}
def relu(x):
    """The larger of 0 and each element of x, shifted by `given`."""
    ### BEGIN SOLUTION
    return np.maximum(given(x), 0)
    ### END SOLUTION
# %% nbgrader={"grade": true, "grade_id": "relu-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
print(relu(np.array([-2.0, 0.5])))
### BEGIN HIDDEN TESTS
def check(ask):
    with ask.part(2, T("arrays", "mảng")):
        x = ask.random.normal(size=100)
        ask.call("relu", x).close_to(np.maximum(x + 1, 0))
### END HIDDEN TESTS

# %% name="plot"
drawn = relu(np.array([3.0]))
print("a demonstration", drawn)

# %% [markdown] name="total-text" lang="en"
# ## Task 3. A value (1 point)
# %% [markdown] name="total-text" lang="vi"
# ## Nhiệm vụ 3. Một giá trị (1 điểm)
# %% nbgrader={"grade": false, "grade_id": "total", "locked": false, "schema_version": 3, "solution": true, "task": false}
# The sum of the numbers from 1 to 100.
### BEGIN SOLUTION
total = sum(range(1, 101))
### END SOLUTION
# %% nbgrader={"grade": true, "grade_id": "total-check", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
print(total)
### BEGIN HIDDEN TESTS
def check(ask):
    with ask.part(1, T("the sum", "tổng")):
        ask.value("total").equals(5050)
### END HIDDEN TESTS
