/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ha_tiny - a ticking guest of a few KiB without an operating system: a multiboot kernel that sends the same ticks as
 * ha_guest, and boots in a fraction of a second of CPU time even under emulation. It needs 2 MiB of memory.
 *
 * Its command line is the Linux guest's: hactl.name, hactl.address, hactl.recorder. Its network card is an rtl8139, the
 * one that sends with the fewest registers; without one it is silent, and only halts. It has no disk driver, no ACPI
 * and no ARP: ticks go to the broadcast MAC address.
 *
 * Freestanding, 32 bit: gcc -m32 -ffreestanding -nostdlib, linked at 1 MiB. The registers: OSDev's and the RTL8139C
 * datasheet's names.
 */
#include "tests/lab/ticks/ha_tick.h"

#include <stdbool.h>
#include <stddef.h>

#define MULTIBOOT_MAGIC 0x1badb002U
#define MULTIBOOT_HAS_COMMAND_LINE (1U << 2)
#define TIMER_VECTOR 0x20U
#define TIMER_HZ 1193182U /* over a divisor of 16 bits; 0 is the slowest, 18 a second */
#define MS_PER_S 1000U
#define NS_PER_MS 1000000ULL

#define PIC_1 0x20U
#define PIC_2 0xa0U
#define PIT_DATA 0x40U
#define PIT_COMMAND 0x43U
#define CMOS_INDEX 0x70U
#define CMOS_DATA 0x71U
#define COM1 0x3f8U
#define PCI_ADDRESS 0xcf8U
#define PCI_DATA 0xcfcU
#define PCI_ID_RTL8139 0x813910ecU
#define PCI_COMMAND 0x04U
#define PCI_BAR0 0x10U
#define PCI_IO_AND_BUS_MASTER 0x05U
#define PCI_SLOTS 32U

#define RTL_MAC 0x00U
#define RTL_TSD0 0x10U  /* status of the first of four descriptors */
#define RTL_TSAD0 0x20U /* its buffer's address */
#define RTL_COMMAND 0x37U
#define RTL_CONFIG1 0x52U
#define RTL_RESET 0x10U
#define RTL_TRANSMIT 0x04U
#define RTL_DESCRIPTORS 4U

#define ETHERTYPE_IPV4 0x0800U
#define IP_HEADER_BYTES 20U
#define UDP_HEADER_BYTES 8U
#define IPPROTO_UDP_NUMBER 17U
#define SOURCE_PORT 7006U

struct multiboot_info {
    uint32_t flags, memory_lower, memory_upper, boot_device;
    const char *command_line;
};

struct frame {
    uint8_t to[6], from[6];
    uint16_t type;
    uint8_t version_and_length, service;
    uint16_t ip_bytes, id, fragment;
    uint8_t time_to_live, protocol;
    uint16_t ip_checksum;
    uint8_t source[4], destination[4];
    uint16_t source_port, destination_port, udp_bytes, udp_checksum;
    struct ha_tick tick;
} __attribute__((packed));

struct gate {
    uint16_t offset_low, selector, type, offset_high;
};

/* The header that the loader looks for, and the way in: a stack, then C. */
__asm__(".pushsection .text\n"
        ".globl _start\n"
        ".align 4\n"
        ".long 0x1badb002, 0, -0x1badb002\n"
        "_start: cli; cld\n"
        "movl $stack_end, %esp\n"
        "pushl %ebx\n"
        "call run\n"
        ".globl timer\n"
        "timer: pushl %eax\n"
        "incl beats\n"
        "movb $0x20, %al\n"
        "outb %al, $0x20\n"
        "popl %eax\n"
        "iret\n"
        ".section .bss\n"
        ".align 16\n"
        ".skip 8192\n"
        "stack_end:\n"
        ".popsection\n");
extern const char timer[];

volatile uint32_t beats; /* of the timer */
static struct gate gates[TIMER_VECTOR + 1];
static struct frame frame __attribute__((aligned(4)));

static void out8(uint16_t port, uint8_t value)
{
    __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static void out32(uint16_t port, uint32_t value)
{
    __asm__ volatile("outl %0, %1" : : "a"(value), "Nd"(port));
}

static uint8_t in8(uint16_t port)
{
    uint8_t value;

    __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}

static uint32_t in32(uint16_t port)
{
    uint32_t value;

    __asm__ volatile("inl %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}

static void say(const char *text)
{
    for (; *text; text++) {
        out8(COM1, (uint8_t)*text);
    }
}

/* The value of KEY in the command line, or NULL; it ends with a blank or the line. */
static const char *option(const char *line, const char *key)
{
    for (const char *at = line; at && *at; at++) {
        size_t i = 0;

        while (key[i] && at[i] == key[i]) {
            i++;
        }
        if (!key[i] && (at == line || at[-1] == ' ')) {
            return at + i;
        }
    }
    return NULL;
}

static bool read_address(const char *text, uint8_t ret_address[4])
{
    for (size_t i = 0; text && i < 4; i++) {
        unsigned part = 0;

        for (; *text >= '0' && *text <= '9'; text++) {
            part = part * 10U + (unsigned)(*text - '0');
        }
        ret_address[i] = (uint8_t)part;
        text += *text == '.';
    }
    return text != NULL;
}

static uint32_t pci_address(unsigned slot, unsigned offset)
{
    return 0x80000000U | (slot << 11U) | offset;
}

static uint32_t pci_read(unsigned slot, unsigned offset)
{
    out32(PCI_ADDRESS, pci_address(slot, offset));
    return in32(PCI_DATA);
}

/* The card's first port, 0 if there is no card; it is reset, and may send. */
static uint16_t find_card(void)
{
    for (unsigned slot = 0; slot < PCI_SLOTS; slot++) {
        if (pci_read(slot, 0) == PCI_ID_RTL8139) {
            uint16_t port = (uint16_t)(pci_read(slot, PCI_BAR0) & ~3U);

            (void)pci_read(slot, PCI_COMMAND); /* selects it */
            out32(PCI_DATA, PCI_IO_AND_BUS_MASTER);
            out8(port + RTL_CONFIG1, 0);
            out8(port + RTL_COMMAND, RTL_RESET);
            while (in8(port + RTL_COMMAND) & RTL_RESET) {
            }
            out8(port + RTL_COMMAND, RTL_TRANSMIT);
            return port;
        }
    }
    return 0;
}

static void start_timer(uint16_t divisor)
{
    uint32_t handler = (uint32_t)(uintptr_t)timer;
    uint16_t selector;
    struct {
        uint16_t limit;
        uint32_t base;
    } __attribute__((packed)) table = {sizeof gates - 1, (uint32_t)(uintptr_t)gates};

    __asm__ volatile("movw %%cs, %0" : "=r"(selector));
    gates[TIMER_VECTOR] = (struct gate){(uint16_t)handler, selector, 0x8e00U, (uint16_t)(handler >> 16U)};
    __asm__ volatile("lidt %0" : : "m"(table));
    out8(PIC_1, 0x11), out8(PIC_1 + 1, TIMER_VECTOR), out8(PIC_1 + 1, 0x04), out8(PIC_1 + 1, 0x01);
    out8(PIC_1 + 1, 0xfe), out8(PIC_2 + 1, 0xff); /* the timer alone */
    out8(PIT_COMMAND, 0x34), out8(PIT_DATA, (uint8_t)divisor), out8(PIT_DATA, (uint8_t)(divisor >> 8U));
    __asm__ volatile("sti");
}

/* Of the time of day and of the cycle counter, whose low bits differ with every boot. */
static uint64_t draw_boot(void)
{
    uint32_t low;
    uint32_t high;
    uint64_t boot = 0;

    for (uint8_t index = 0; index < 10; index++) {
        out8(CMOS_INDEX, index);
        boot = boot * 251U + in8(CMOS_DATA);
    }
    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
    return (boot ^ low) * 0x9e3779b97f4a7c15ULL + high;
}

static bool fill_frame(uint16_t port, const char *line)
{
    const char *name = option(line, "hactl.name=");
    uint32_t sum = 0;

    frame = (struct frame){.to = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff},
        .type = __builtin_bswap16(ETHERTYPE_IPV4),
        .version_and_length = 0x45,
        .ip_bytes = __builtin_bswap16(IP_HEADER_BYTES + UDP_HEADER_BYTES + sizeof frame.tick),
        .time_to_live = 64,
        .protocol = IPPROTO_UDP_NUMBER,
        .source_port = __builtin_bswap16(SOURCE_PORT),
        .destination_port = __builtin_bswap16(HA_TICK_PORT),
        .udp_bytes = __builtin_bswap16(UDP_HEADER_BYTES + sizeof frame.tick),
        .tick = {.magic = __builtin_bswap32(HA_TICK_MAGIC), .boot = __builtin_bswap64(draw_boot())}};
    if (!name || !read_address(option(line, "hactl.address="), frame.source) ||
        !read_address(option(line, "hactl.recorder="), frame.destination)) {
        return false;
    }
    for (size_t i = 0; i < HA_TICK_NAME_SIZE - 1 && name[i] && name[i] != ' '; i++) {
        frame.tick.name[i] = name[i];
    }
    for (unsigned i = 0; i < sizeof frame.from; i++) {
        frame.from[i] = in8((uint16_t)(port + RTL_MAC + i));
    }
    for (const uint8_t *at = &frame.version_and_length; at < (const uint8_t *)&frame.source_port; at += 2) {
        sum += (uint32_t)at[0] << 8U | at[1];
    }
    sum = (sum & 0xffffU) + (sum >> 16U);
    frame.ip_checksum = __builtin_bswap16((uint16_t) ~(sum + (sum >> 16U)));
    return true;
}

static void send(uint16_t port, uint64_t sequence)
{
    uint16_t descriptor = (uint16_t)(sequence % RTL_DESCRIPTORS * 4U);

    frame.tick.sequence = __builtin_bswap64(sequence);
    frame.tick.guest_monotonic_ns = __builtin_bswap64((uint64_t)beats * HA_TICK_INTERVAL_MS * NS_PER_MS);
    out32(port + RTL_TSAD0 + descriptor, (uint32_t)(uintptr_t)&frame);
    out32(
        port + RTL_TSD0 + descriptor, sizeof frame); /* the card has read it when this returns: it is an emulated one */
}

__attribute__((used, noreturn)) static void run(const struct multiboot_info *info)
{
    const char *line = info->flags & MULTIBOOT_HAS_COMMAND_LINE ? info->command_line : NULL;
    uint16_t port = find_card();
    bool ticks = port != 0 && fill_frame(port, line);
    uint32_t sent_at = 0;

    say(ticks ? "tiny guest ticks\n" : "tiny guest without a network card: silent\n");
    start_timer(ticks ? TIMER_HZ * HA_TICK_INTERVAL_MS / MS_PER_S : 0);
    for (uint64_t sequence = 1;;) {
        __asm__ volatile("hlt");
        if (ticks && beats != sent_at) {
            sent_at = beats;
            send(port, sequence++);
        }
    }
}
