"""Nets of the pico_meter board and the RP2040 GPIO that each is wired to.

The same numbers feed the firmware (boards/pico_meter/board.py) and the virtual board
that carries the chip models. Pull-ups make every switch read 1 when open.
"""

from micropython import const

# ADE7953 metering chip: SPI0, mode 3, alone on its bus.
AFE_SPI = const(0)
AFE_MISO = const(16)
AFE_CS = const(17)
AFE_SCK = const(18)
AFE_MOSI = const(19)
AFE_RESET = const(20)  # active low
AFE_IRQ = const(21)  # active low
AFE_CF1 = const(22)  # pulse output, low while a pulse lasts

# FRAM: SPI1, mode 0.
FRAM_SPI = const(1)
FRAM_SCK = const(10)
FRAM_MOSI = const(11)
FRAM_MISO = const(12)
FRAM_CS = const(13)

# DS3231 clock: I2C0. Models with a service switch have an I/O expander beside it.
RTC_I2C = const(0)
RTC_SDA = const(4)
RTC_SCL = const(5)

# HT1621 display: three wires of its own.
LCD_CS = const(2)
LCD_WR = const(3)
LCD_DATA = const(6)

# Optical port: UART0. Communication module slot: UART1.
OPTICAL_UART = const(0)
OPTICAL_TX = const(0)
OPTICAL_RX = const(1)
MODULE_UART = const(1)
MODULE_TX = const(8)
MODULE_RX = const(9)

# Switches and sense inputs, 0 when actuated.
LEVER = const(7)  # demand reset lever
TEST_SWITCH = const(14)
MAGNET = const(15)  # reed switch, alternate display
SEAL_LOOP = const(26)  # 1 when the loop is broken
POWER_FAIL = const(27)  # comparator on the unregulated supply, 0 when it fails

# To the communication module slot: 0 while power fails.
MODULE_POWER_FAIL = const(28)
