// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// The gated I/O of a DRAM bank: between cells, which hold a column block as 16 lane groups of 16 lanes, and the data lines
// passes a group only if the gate control, a thermometer code of the bits that an access wants, opens it. Lane group i is bit
// 15 - i of all 16 words, so that the first `bits` groups are the upper bits. A closed lane reads as zero and, in a write,
// keeps what its cell holds. A pair access of up to 8 bits moves an even block on the lower half of the data lines and its
// odd neighbour, rotated by half a block, on the upper half.
//
// One access per cycle. Gate control, pair and data lines are registered with it; the cells move with the next clock edge.
module gated_io_lanes #(
    parameter int BLOCKS = 32,
    localparam int BLOCK_BITS = $clog2(BLOCKS)
) (
    input  logic                   clk,
    input  logic                   rst,

    input  logic                   access,
    input  logic                   write,
    input  logic                   pair,         // block is even, bits at most 8
    input  logic [4:0]             bits,         // 1 .. 16
    input  logic [BLOCK_BITS-1:0]  block,
    // Words of the block, word n from bit 16 n, and of its odd neighbour in a pair access; enables per byte.
    input  logic [255:0]           data,
    input  logic [255:0]           data_odd,
    input  logic [31:0]            enable,
    input  logic [31:0]            enable_odd,

    output logic                   done,
    output logic [4:0]             lane_groups,  // that the access moved
    output logic [255:0]           q,
    output logic [255:0]           q_odd         // 0 but after a pair
);
    function automatic logic [255:0] to_lanes(input logic [255:0] words);
        for (int g = 0; g < 16; ++g)
            for (int n = 0; n < 16; ++n) to_lanes[16 * g + n] = words[16 * n + 15 - g];
    endfunction

    function automatic logic [255:0] to_words(input logic [255:0] lanes);
        for (int g = 0; g < 16; ++g)
            for (int n = 0; n < 16; ++n) to_words[16 * n + 15 - g] = lanes[16 * g + n];
    endfunction

    // The enabled bits of the words.
    function automatic logic [255:0] enabled_bits(input logic [31:0] bytes);
        for (int k = 0; k < 32; ++k) enabled_bits[8 * k +: 8] = {8{bytes[k]}};
    endfunction

    // The 2:1 multiplexer of a lane: a pair's odd block comes to the upper half, rotated by half a block.
    localparam logic [255:0] LOWER = {128'b0, {128{1'b1}}};
    function automatic logic [255:0] mux(input logic [255:0] first_block, input logic [255:0] odd, input logic both);
        mux = both ? (first_block & LOWER) | ({odd[127:0], odd[255:128]} & ~LOWER) : first_block;
    endfunction

    logic [255:0] cells [BLOCKS];

    // A write's data and its mask take the same way; the masks stop at the gate.
    logic [255:0] lanes_in, lanes_in_odd, enabled, enabled_odd, lines_in, mask_in;
    assign lanes_in = to_lanes(data);
    assign lanes_in_odd = to_lanes(data_odd);
    assign enabled = to_lanes(enabled_bits(enable));
    assign enabled_odd = to_lanes(enabled_bits(enable_odd));
    assign lines_in = mux(lanes_in, lanes_in_odd, pair);
    assign mask_in = mux(enabled, enabled_odd, pair);

    logic                  moving, writing, paired;
    logic [15:0]           control;  // bit 15: lane group 0
    logic [BLOCK_BITS-1:0] first, second;
    logic [255:0]          lines, mask;

    always_ff @(posedge clk) begin
        moving <= access && !rst;
        if (access) begin
            writing <= write;
            paired <= pair;
            control <= 16'(32'hFFFF_0000 >> bits);
            first <= block;
            lines <= lines_in;
            mask <= mask_in;
        end
    end
    assign second = first | BLOCK_BITS'(1);

    // The gate: all lanes of open groups.
    logic [255:0] open;
    always_comb begin
        open = '0;
        for (int g = 0; g < 16; ++g) open[16 * g +: 16] = {16{control[15 - g]}};
    end

    logic [255:0] write_first, write_second;
    assign write_first = open & mask & (paired ? LOWER : '1);
    assign write_second = open & {128'b0, mask[255:128]};

    logic [255:0] gated, gated_odd, read_lines;
    assign gated = cells[first] & open;
    assign gated_odd = cells[second] & open;
    assign read_lines = mux(gated, gated_odd, paired);

    always_ff @(posedge clk) begin
        if (moving && writing) begin
            cells[first] <= (cells[first] & ~write_first) | (lines & write_first);
            if (paired) cells[second] <= (cells[second] & ~write_second) | ({128'b0, lines[255:128]} & write_second);
        end
    end

    logic [4:0] open_groups;
    always_comb begin
        open_groups = '0;
        for (int g = 0; g < 16; ++g) open_groups += 5'(control[g]);
    end

    always_ff @(posedge clk) begin
        done <= moving && !rst;
        if (moving) lane_groups <= paired ? open_groups << 1 : open_groups;
        if (moving && !writing) begin
            q <= to_words(paired ? {128'b0, read_lines[127:0]} : read_lines);
            q_odd <= paired ? to_words({128'b0, read_lines[255:128]}) : '0;
        end
    end
endmodule
