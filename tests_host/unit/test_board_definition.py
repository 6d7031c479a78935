"""boards/pico_meter as MicroPython's build reads it, against what the firmware reads."""

import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from boards.pico_meter import pins, service_lines
from picometer.build.board import FLASH_BYTES, check_pins, flash_map, nets, pins_csv
from picometer.build.files import PRODUCTION_START, ROOT, START, meter_files
from picometer.build.identity import IDENTITY
from picometer.errors import UserError

BOARD = ROOT / "boards" / "pico_meter"
BUS_NUMBERS = {"AFE_SPI", "FRAM_SPI", "RTC_I2C", "OPTICAL_UART", "MODULE_UART"}


class TestPins:
    def test_csv_names_every_net_of_pins_py_and_no_other(self):
        rows = [line.split(",") for line in (BOARD / "pins.csv").read_text().splitlines()]
        names = {name for name in vars(pins) if name.isupper()} - BUS_NUMBERS
        assert {name: pin for name, pin in rows} == {
            name: f"GPIO{getattr(pins, name)}" for name in names
        }
        assert len(rows) == len(names)

    def test_csv_is_what_the_generator_writes(self):
        assert (BOARD / "pins.csv").read_text() == pins_csv(BOARD / "pins.py")

    def test_the_page_of_wiring_tells_the_same(self):
        page = (ROOT / "docs" / "wiring.md").read_text()
        told = re.findall(r"^\|[^|]*\| `(\w+)` \| (\d+) \|", page, re.M)
        assert {name: int(gpio) for name, gpio in told} == nets(BOARD / "pins.py")
        lines = dict(re.findall(r"^\| P(\d) \| \w+ \| (\w+)", page, re.M))
        assert lines == {
            str(service_lines.OPEN_COIL): "opening",
            str(service_lines.CLOSE_COIL): "closing",
            str(service_lines.POSITION): "position",
            str(service_lines.LOAD_VOLTAGE): "voltage",
            str(service_lines.MODULE_RESET): "reset",
        }

    def test_no_gpio_has_two_nets(self):
        gpios = list(nets(BOARD / "pins.py").values())
        assert len(set(gpios)) == len(gpios)

    @pytest.mark.parametrize("pin", ["GPIO30", "GPIO99", "GP4", "4", "", "EXT_GPIO0", "GPIO-1"])
    def test_pin_that_the_rp2040_lacks_is_named_with_its_line(self, tmp_path, pin):
        csv = tmp_path / "pins.csv"
        csv.write_text(f"# nets\nGOOD,GPIO29\nBAD,{pin}\n")
        with pytest.raises(UserError, match="line 3: no such pin of the RP2040"):
            check_pins(csv)

    def test_good_csv_passes(self):
        check_pins(BOARD / "pins.csv")

    def test_absent_csv(self, tmp_path):
        with pytest.raises(UserError, match="No such file"):
            check_pins(tmp_path / "pins.csv")


class TestFlash:
    def test_regions_fill_the_flash_without_a_gap(self):
        at = 0
        for region in flash_map(BOARD):
            assert region.offset == at and region.size > 0 and region.size % 4096 == 0
            at = region.end
        assert at == FLASH_BYTES

    def test_littlefs_lies_where_the_stock_image_has_it(self):
        littlefs = flash_map(BOARD)[2]
        assert (littlefs.name, littlefs.offset) == ("littlefs", 640 * 1024)

    def test_deploy_page_tells_the_same_map(self):
        page = (BOARD / "deploy.md").read_text()
        rows = re.findall(r"^\| (\d+)(?: kB)? \| (\d+) kB \|", page, re.M)
        told = [(int(start) * 1024, int(size) * 1024) for start, size in rows]
        assert told == [(region.offset, region.size) for region in flash_map(BOARD)]

    @settings(max_examples=60, deadline=None)
    @given(littlefs=st.integers(0, 3 << 20), romfs=st.integers(0, 3 << 20))
    def test_a_map_is_refused_or_fits(self, tmp_path_factory, littlefs, romfs):
        board = tmp_path_factory.mktemp("board")
        (board / "mpconfigboard.h").write_text(
            f"#define MICROPY_HW_FLASH_STORAGE_BYTES ({littlefs})\n"
            f"#define MICROPY_HW_ROMFS_BYTES ({romfs})\n"
        )
        fits = littlefs + romfs < FLASH_BYTES and littlefs % 4096 == 0 == romfs % 4096
        if fits:
            assert flash_map(board)[-1].end == FLASH_BYTES
        else:
            with pytest.raises(UserError, match="do not fit"):
                flash_map(board)

    def test_header_without_a_size(self, tmp_path):
        (tmp_path / "mpconfigboard.h").write_text("#define MICROPY_HW_ROMFS_BYTES (BIG)\n")
        with pytest.raises(UserError, match="no #define"):
            flash_map(tmp_path)


class TestImage:
    def frozen(self, name="manifest.py"):
        """Name in the image -> base folder, as the manifest asks MicroPython's build for it."""
        found = {}

        class Options:
            def defaults(self, **given):
                self.__dict__ = given | self.__dict__

        def module(name, base_path):
            assert name not in found
            found[name] = base_path

        def run(name, **given):
            options = Options()
            options.__dict__ = given
            manifest = BOARD / name
            functions = {"module": module, "include": run, "options": options}
            exec(compile(manifest.read_text(), manifest, "exec"), functions)

        run(name)
        return found

    @pytest.mark.parametrize(
        ("manifest", "start"),
        [("manifest.py", START), ("manifest_production.py", PRODUCTION_START)],
    )
    def test_manifest_freezes_the_whole_meter_and_rp2(self, monkeypatch, manifest, start):
        monkeypatch.chdir(BOARD)  # as MicroPython's build does
        files = [*start, *meter_files(), IDENTITY]
        expected = {file.frozen for file in files}
        assert set(self.frozen(manifest)) == expected | {"rp2.py"}

    @pytest.mark.parametrize("manifest", ["manifest.py", "manifest_production.py"])
    def test_what_it_names_is_there(self, monkeypatch, manifest):
        monkeypatch.chdir(BOARD)
        for name, base in self.frozen(manifest).items():
            if not base.startswith("$"):
                assert (BOARD / base / name).is_file()

    def test_starts_with_our_boot_and_the_meter(self, monkeypatch):
        monkeypatch.chdir(BOARD)
        found = self.frozen()
        assert found["_boot.py"] == found["main.py"] == "../../firmware/"

    def test_a_production_image_starts_with_the_meter_and_mounts_nothing(self, monkeypatch):
        monkeypatch.chdir(BOARD)
        found = self.frozen("manifest_production.py")
        assert found["main.py"] == "../../firmware/production/"
        assert "_boot.py" not in found

    def test_board_json_is_as_micropython_wants_it(self):
        board = json.loads((BOARD / "board.json").read_text())
        assert board["mcu"] == "rp2040"
        assert all((BOARD / page).is_file() for page in board["deploy"])
