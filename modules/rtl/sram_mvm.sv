// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// The datapath of an SRAM PIM macro: inputs step by step on the wordlines, ACTIVE_ROWS at a time, weights as bits in
// columns, a converter per column, a shift-add over the up to 8 columns of each filter, an accumulator behind it. The
// analog part, cell currents on a bit line and its converter, appears as what it computes: a count of units and a
// saturating code. STEP_BITS > 1 are DACs that take several input bits at once; then a sign bit has a step of its own.
//
// A filter ends in its top column; column_width tells the shift-add there how many columns it has, so filters may
// lie side by side (sram_macro) or in slots with a boundary in between (sun_macro).
//
// An access takes, from the cycle behind `start` to the one in which `done` is high, the sum of its steps; a step
// lasts as many cycles as `cycles` says for its kind. Inputs and region are captured at the start: the next ones can be
// written while the array is busy; columns must hold still.
module sram_mvm #(
    parameter int ROWS = 128,
    parameter int COLUMNS = 128,
    parameter int ACTIVE_ROWS = 128,
    parameter int STEP_BITS = 1,
    parameter int ADC_BITS = 8,
    parameter int ADC_LSB = 1,
    localparam int ROW_BITS = $clog2(ROWS),
    localparam int COLUMN_BITS = $clog2(COLUMNS)
) (
    input  logic                   clk,
    input  logic                   rst,

    // One wordline of cells.
    input  logic                   cell_write,
    input  logic                   cell_read,
    input  logic [ROW_BITS-1:0]    cell_row,
    input  logic [COLUMNS-1:0]     cell_data,
    output logic [COLUMNS-1:0]     cell_q,

    // Input latches of 8 wordlines, a byte each.
    input  logic                   input_write,
    input  logic [ROW_BITS-4:0]    input_block,
    input  logic [63:0]            input_data,

    // A filter whose top column this is, of 1 to 8 columns; clear: no filters at all.
    input  logic                   column_clear,
    input  logic                   column_write,
    input  logic [COLUMN_BITS-1:0] column,
    input  logic [3:0]             column_width,
    input  logic                   column_signed,

    input  logic [ROW_BITS-1:0]    row0,
    input  logic [ROW_BITS:0]      rows,          // 1 .. ROWS - row0
    input  logic [3:0]             input_bits,    // 1 .. 8
    input  logic                   input_signed,
    input  logic [3:0]             shift,
    // Cycles of a step, 1 .. 65535, by kind: [0] all STEP_BITS, [1] fewer, [2] sign; [3 + ..] in a last group of fewer rows.
    input  logic [5:0][15:0]       cycles,

    input  logic                   start,
    output logic                   busy,
    output logic                   done,
    output logic [3:0]             step,
    output logic [ROW_BITS:0]      group_row,     // first of the group, counted from row0

    // The partial sum of the filter that ends in result_column, times 2^shift; conversions beyond the greatest code.
    input  logic [COLUMN_BITS-1:0] result_column,
    output logic [31:0]            result,
    output logic [31:0]            clipped
);
    localparam int UNITS = ACTIVE_ROWS * ((1 << STEP_BITS) - 1);
    localparam int UNIT_BITS = $clog2(UNITS + 1);
    localparam int GREATEST_CODE = (1 << ADC_BITS) - 1;
    localparam int SLOT = 8;  // most columns of a filter

    // ---------------------------------------------------------------- sequence of steps
    // The region as it was at the start.
    logic [ROW_BITS-1:0] row0_q;
    logic [ROW_BITS:0]   rows_q;
    logic [3:0]          input_bits_q;
    logic                input_signed_q;
    logic [5:0][15:0]    cycles_q;

    logic [15:0]       cycle;      // of the step
    logic [ROW_BITS:0] rows_left;  // this group and those behind it
    logic [3:0]        top;        // input bits that are no sign
    logic [3:0]        first_bit;  // of the step
    logic [3:0]        bits_left;  // from there to the top
    logic              sign_step, short_step, last_group, ragged_group, last_step, step_ends, begins;
    logic [2:0]        kind;

    assign begins = start && !busy;
    assign rows_left = rows_q - group_row;
    assign last_group = rows_left <= (ROW_BITS+1)'(ACTIVE_ROWS);
    assign ragged_group = rows_left < (ROW_BITS+1)'(ACTIVE_ROWS);
    assign top = input_bits_q - 4'(input_signed_q);
    assign sign_step = step >= top;
    assign first_bit = sign_step ? top : step;
    assign bits_left = top - first_bit;
    assign short_step = bits_left < 4'(STEP_BITS);
    assign last_step = sign_step || (!input_signed_q && bits_left <= 4'(STEP_BITS));
    assign kind = (sign_step ? 3'd2 : short_step ? 3'd1 : 3'd0) + (ragged_group ? 3'd3 : 3'd0);
    assign step_ends = busy && cycle == cycles_q[kind] - 16'd1;

    always_ff @(posedge clk) begin
        done <= 1'b0;
        if (rst) begin
            busy <= 1'b0;
        end else if (begins) begin
            busy <= 1'b1;
            cycle <= 16'd0;
            step <= 4'd0;
            group_row <= '0;
            row0_q <= row0;
            rows_q <= rows;
            input_bits_q <= input_bits;
            input_signed_q <= input_signed;
            cycles_q <= cycles;
        end else if (busy && !step_ends) begin
            cycle <= cycle + 16'd1;
        end else if (busy) begin
            cycle <= 16'd0;
            group_row <= last_group ? '0 : group_row + (ROW_BITS+1)'(ACTIVE_ROWS);
            if (last_group) begin
                step <= step + 4'(STEP_BITS);
                busy <= !last_step;
                done <= last_step;
            end
        end
    end

    // ---------------------------------------------------------------- wordlines
    // Bit r of a plane is a bit of wordline r's input; the drivers see those of one group, from base on.
    logic [ROW_BITS:0]      base;
    logic [ACTIVE_ROWS-1:0] raised;
    logic [ACTIVE_ROWS-1:0] driven [8];
    logic [ACTIVE_ROWS-1:0] levels [STEP_BITS];

    assign base = {1'b0, row0_q} + group_row;
    assign raised = ragged_group ? (ACTIVE_ROWS'(1) << rows_left) - ACTIVE_ROWS'(1) : '1;

    for (genvar b = 0; b < 8; ++b) begin : plane
        logic [ROWS-1:0] latched, inputs;
        always_ff @(posedge clk) begin
            if (input_write)
                latched[{input_block, 3'd0} +: 8] <= {input_data[56+b], input_data[48+b], input_data[40+b],
                    input_data[32+b], input_data[24+b], input_data[16+b], input_data[8+b], input_data[b]};
            if (begins) inputs <= latched;
        end
        assign driven[b] = ACTIVE_ROWS'(inputs >> base);
    end

    for (genvar b = 0; b < STEP_BITS; ++b) begin : level
        logic in_step;
        assign in_step = b == 0 || (!sign_step && 4'(b) < bits_left);
        assign levels[b] = in_step ? driven[3'(first_bit + 4'(b))] & raised : '0;
    end

    // ---------------------------------------------------------------- columns
    function automatic logic [31:0] code_of(input logic [UNIT_BITS-1:0] units);
        return (2 * 32'(units) + ADC_LSB) / (2 * ADC_LSB);
    endfunction

    logic [COLUMNS-1:0] saturated;  // and used by a filter
    logic [31:0]        values [COLUMNS];
    logic [3:0]         widths [COLUMNS + SLOT];
    logic [31:0]        sums [COLUMNS];

    for (genvar c = 0; c < COLUMNS; ++c) begin : column_of_cells
        logic [ROWS-1:0]      cells;
        logic [UNIT_BITS-1:0] units;
        logic [31:0]          code;
        logic                 used;

        always_ff @(posedge clk) begin
            if (cell_write) cells[cell_row] <= cell_data[c];
            if (cell_read) cell_q[c] <= cells[cell_row];
        end

        always_comb begin
            used = 1'b0;
            for (int k = 0; k < SLOT; ++k) used |= widths[c+k] > 4'(k);
        end

        // Isolated but for the cycle in which the converter ends.
        always_comb begin
            units = '0;
            code = 32'd0;
            if (step_ends && used) begin
                for (int b = 0; b < STEP_BITS; ++b)
                    units += UNIT_BITS'($countones(ACTIVE_ROWS'(cells >> base) & levels[b])) << b;
                code = code_of(units);
            end
        end
        assign saturated[c] = code > GREATEST_CODE;
        assign values[c] = (saturated[c] ? GREATEST_CODE : code) * ADC_LSB;
    end
    for (genvar k = 0; k < SLOT; ++k) begin : beyond
        assign widths[COLUMNS+k] = 4'd0;
    end

    // ---------------------------------------------------------------- filters
    for (genvar c = 0; c < COLUMNS; ++c) begin : filter
        logic [3:0]  width;
        logic        negative;
        logic [31:0] partial, placed, sum;

        always_ff @(posedge clk) begin
            if (rst || column_clear) begin
                width <= 4'd0;
            end else if (column_write && column == COLUMN_BITS'(c)) begin
                width <= column_width;
                negative <= column_signed;
            end
        end
        assign widths[c] = width;

        // The top column's place value is negative in two's complement.
        always_comb begin
            partial = 32'd0;
            placed = 32'd0;
            if (step_ends && width != 4'd0)
                for (int k = 0; k < SLOT && k <= c; ++k)
                    if (width > 4'(k)) begin
                        placed = values[c-k] << (width - 4'd1 - 4'(k));
                        partial += k == 0 && negative ? -placed : placed;
                    end
        end

        always_ff @(posedge clk) begin
            if (begins) sum <= 32'd0;
            else if (step_ends && width != 4'd0)
                sum <= sign_step ? sum - (partial << first_bit) : sum + (partial << first_bit);
        end
        assign sums[c] = sum;
    end

    always_ff @(posedge clk) begin
        if (begins) clipped <= 32'd0;
        else if (step_ends) clipped <= clipped + 32'($countones(saturated));
    end

    assign result = sums[result_column] << shift;
endmodule
