# 林档 (lindang): every command of the README. `make` alone lists them.

VENV := .venv
PY := $(VENV)/bin/python
CODE := app.py lindang models plugins tools examples benchmarks
CATALOGUES := $(patsubst %.po,%.mo,$(wildcard locale/*/LC_MESSAGES/*.po))
WORKERS ?= 2
POSTGRES_SLICE := $(wildcard tests/integration/test_handover_*.py) \
	tests/integration/test_numbering_counters.py tests/integration/test_search_archive.py tests/integration/test_ingest_turns.py
POSTGRES_TESTS := $(POSTGRES_SLICE) $(wildcard tests/integration/test_catalogue_*.py) \
	$(filter-out %_turns.py,$(wildcard tests/integration/test_ingest_*.py))
export PYTHONUTF8 := 1

# A .venv whose Python has gone (the system was upgraded, the folder copied) is made anew.
ifneq ($(wildcard $(VENV)/.*-ok),)
ifneq ($(shell $(PY) -c 'print(1)' 2>/dev/null),1)
$(shell rm -f $(VENV)/.run-ok $(VENV)/.dev-ok)
endif
endif

help:  ## 列出全部命令
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

# ----------------------------------------------------------------------------------------------------------- run
run: $(VENV)/.run-ok $(CATALOGUES)  ## 启动：建环境、装依赖、初始化 data/，打开 http://127.0.0.1:8000
	@sh tools/system_packages.sh ensure $(VENV)/.apt-run run
	@exec $(PY) -m lindang run

demo: export LINDANG__HOST__DATA_DIR := demo-data
demo: export LINDANG__HOST__OFFICE_NAME := 示范县林业局（虚构）
demo: export LINDANG__PLUGINS__INGEST__QUALITY__DPI_MIN := 100
demo: $(VENV)/.run-ok $(CATALOGUES)  ## 演示：同一系统，里面已有一个虚构的村子（数据在 demo-data/）
	@sh tools/system_packages.sh ensure $(VENV)/.apt-run run
	@$(PY) -m lindang demo build
	@exec $(PY) -m lindang run

fast: $(VENV)/.run-ok  ## 另装识别快档的模型（6 MB；不装也能识别，用精档）
	@sh tools/fast.sh

$(VENV)/.run-ok: requirements.lock tools/environment.sh
	@sh tools/environment.sh requirements.lock
	@touch $@

# The development lock holds everything the run lock holds (tests/rules keeps it so), so one installation makes both stamps.
$(VENV)/.dev-ok: requirements-dev.lock requirements.lock tools/environment.sh
	@sh tools/environment.sh requirements-dev.lock
	@touch $(VENV)/.run-ok $@

%.mo: %.po | $(VENV)/.run-ok
	@$(PY) -m tools.catalogues compile

# ---------------------------------------------------------------------------------------------------------- check
test: $(VENV)/.dev-ok $(CATALOGUES)  ## 全部测试（ARGS="tests/unit -k 名称" 只跑一部分）
	@sh tools/system_packages.sh ensure $(VENV)/.apt-test run test
	@$(PY) -m pytest -n $(WORKERS) --dist loadgroup $(ARGS)

check-run: $(VENV)/.run-ok  ## 只装运行依赖时，每个模块都能载入（在新的克隆里先于别的命令运行）
	@$(PY) -m tools.whole

lint: $(VENV)/.dev-ok  ## 风格、类型、分层、文档字符串
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -m mypy
	@$(VENV)/bin/lint-imports --no-logo
	@$(PY) -m interrogate --quiet $(CODE)

format: $(VENV)/.dev-ok  ## 自动整理格式
	@$(PY) -m ruff check --fix-only --quiet .
	@$(PY) -m ruff format .

crash: $(VENV)/.dev-ok $(CATALOGUES)  ## 完整的断电、杀进程测试（很久）
	@sh tools/system_packages.sh ensure $(VENV)/.apt-test run test
	@$(PY) -m pytest tests/crash --slow --timeout 7200 $(ARGS)

hostile: $(VENV)/.dev-ok $(CATALOGUES)  ## 别人的坏文件：下载解析库源码包里的测试文件，逐个收件（约一刻钟，只在开发时用）
	@$(PY) -m tools.hostile $(ARGS)

# What the embedded database cannot tell: the plugins' integration tests with every archive in a PostgreSQL of its own.
test-postgres: export LINDANG_TEST_DATABASE := postgresql
test-postgres: $(VENV)/.dev-ok $(CATALOGUES)  ## 插件的集成测试，在 PostgreSQL 上再做一遍（约十分钟；CI 做其中一部分）
	@$(PY) -m pytest -n $(WORKERS) --dist loadgroup $(or $(ARGS),$(POSTGRES_TESTS))

# The slice for CI: locks, races, SQL of lists and sums; without the scans, whose parsing no database changes.
test-postgres-slice:  ## 上一项的一部分（约一分钟）
	@$(MAKE) --no-print-directory test-postgres ARGS="$(POSTGRES_SLICE)"

bench: $(VENV)/.dev-ok $(CATALOGUES)  ## 速度与内存的实测数字
	@$(PY) -m benchmarks.bench_spine $(ARGS)
	@$(PY) -m benchmarks.bench_intake
	@$(PY) -m benchmarks.bench_intake_whole
	@$(PY) -m benchmarks.bench_register_import
	@$(PY) -m benchmarks.bench_register_check
	@$(PY) -m benchmarks.bench_register_keying
	@$(PY) -m benchmarks.bench_register_export
	@$(PY) -m benchmarks.bench_register_search
	@$(PY) -m benchmarks.bench_search_numbers

bench-intake: $(VENV)/.dev-ok $(CATALOGUES)  ## 识别：错字率、号码对错、每页用时，从收件到查得到的快慢（约十分钟；ARGS="--pages 200" 大的一次）
	@$(PY) -m benchmarks.bench_intake $(ARGS)
	@$(PY) -m benchmarks.bench_intake_whole $(WHOLE)

rivals: $(VENV)/.dev-ok  ## 另装 OCRmyPDF（build/rivals），只为 make bench-intake 同场比较
	@$(PY) -m venv build/rivals
	@build/rivals/bin/python -m pip install --quiet --require-hashes --only-binary :all: -r benchmarks/requirements-intake.txt

bench-search: $(VENV)/.dev-ok  ## 检索：与 Tantivy、FTS5、原版 Whoosh 同场比较（约四分钟）
	@$(PY) -m pip install --quiet --require-hashes -r benchmarks/requirements.txt
	@$(PY) -m benchmarks.bench_search --against $(ARGS)

search-truth: $(VENV)/.dev-ok  ## 每一类检索式与逐字扫描对照：漏了几个、错了几个（ARGS="--documents 200000" 大的一次）
	@$(PY) -m tools.search_truth $(ARGS)

measure: $(VENV)/.dev-ok  ## 代码自身的尺寸（函数长度、注释、测试比例）
	@$(PY) -m tools.measure lindang,models,plugins,app.py tests

screenshots: $(VENV)/.dev-ok $(CATALOGUES)  ## 重新拍摄 docs/images/ 里的页面
	@sh tools/system_packages.sh ensure $(VENV)/.apt-test run test
	@$(PY) -m tools.screenshots $(ARGS)

# ----------------------------------------------------------------------------------------------------------- make
lock: $(VENV)/.dev-ok  ## 按 pyproject.toml 重新锁定依赖（需要 uv）
	@sh tools/lock.sh $(ARGS)

messages: $(VENV)/.dev-ok  ## 从代码和模板收集文字，更新英文目录并列出未译的
	@$(PY) -m tools.catalogues update

docs: $(VENV)/.dev-ok $(CATALOGUES)  ## 从代码重写 config.example.toml 和 docs/ 中的清单
	@$(PY) -m tools.docs

vendor:  ## 重新取得 static/vendor/ 里的前端文件
	@sh tools/vendor.sh

bundle:  ## 打包离线安装文件 dist/lindang-*-offline.tar
	@sh tools/bundle.sh

clean:  ## 删除环境和缓存（不动 data/）
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .coverage*

.PHONY: help run demo fast check-run test test-postgres test-postgres-slice lint format crash hostile bench bench-intake rivals bench-search search-truth measure screenshots lock messages docs vendor bundle clean
