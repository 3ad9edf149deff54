/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tiny - a guest of a few KiB, for measuring what starting many costs: a multiboot kernel that writes a dot to its serial
 * port once a second and otherwise halts. Linked at 1 MiB; needs 2 MiB of memory.
 */
    .code32
    .section .text
    .globl _start

    .align 4
    .long 0x1badb002, 0, -0x1badb002 /* multiboot: magic, flags, checksum */

_start:
    cli
    movl $stack_end, %esp
    /* every vector that the timer may have, and no other, leads to `timer` */
    movl $timer, %eax
    movw %ax, idt + 0x20 * 8
    shrl $16, %eax
    movw %ax, idt + 0x20 * 8 + 6
    movw %cs, idt + 0x20 * 8 + 2
    movb $0x8e, idt + 0x20 * 8 + 5 /* a present 32-bit interrupt gate */
    lidt idt_pointer
    /* interrupt controller: the timer is vector 0x20, all else masked */
    movb $0x11, %al
    outb %al, $0x20
    movb $0x20, %al
    outb %al, $0x21
    movb $0x04, %al
    outb %al, $0x21
    movb $0x01, %al
    outb %al, $0x21
    movb $0xfe, %al
    outb %al, $0x21
    movb $0xff, %al
    outb %al, $0xa1
    /* timer: as slow as it goes, 18.2 a second */
    movb $0x34, %al
    outb %al, $0x43
    xorb %al, %al
    outb %al, $0x40
    outb %al, $0x40
    sti
halt:
    hlt
    jmp halt

timer:
    pushl %eax
    pushl %edx
    decb countdown
    jnz 1f
    movb $18, countdown
    movw $0x3f8, %dx
    movb $'.', %al
    outb %al, %dx
1:  movb $0x20, %al
    outb %al, $0x20
    popl %edx
    popl %eax
    iret

    .section .data
countdown:
    .byte 1
    .align 4
idt_pointer:
    .word 0x21 * 8 - 1
    .long idt

    .section .bss
    .align 8
idt:
    .skip 0x21 * 8
    .skip 256
stack_end:

    .section .note.GNU-stack, "", @progbits
