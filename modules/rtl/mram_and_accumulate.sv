// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// The datapath of a SOT-MRAM computational sub-array: two rows are raised at once, the sense amplifiers decide the AND of
// their cells, its ones are counted, shifted by both place values and accumulated. A row holds one bit of one filter's
// weights; input rows, one per input bit, are written ahead of every access to the first of the reserved rows at the
// array's end. The AND may be written back to a scratch row.
//
// An access is: an input row written per input bit; if weights are bipolar, 2 q - (2^M - 1), a count of each input row;
// then per filter, weight bit and input bit a row operation. How many cycles each takes is configured; the first of the
// counts and row operations has a figure of its own, in which a pipeline fills. Inputs and region are captured at the start.
module mram_and_accumulate #(
    parameter int ROWS = 256,
    parameter int COLUMNS = 512,
    parameter int RESERVED_ROWS = 48,
    localparam int ROW_BITS = $clog2(ROWS),
    localparam int COLUMN_BITS = $clog2(COLUMNS)
) (
    input  logic                   clk,
    input  logic                   rst,

    // One row of cells.
    input  logic                   cell_write,
    input  logic                   cell_read,
    input  logic [ROW_BITS-1:0]    cell_row,
    input  logic [COLUMNS-1:0]     cell_data,
    output logic [COLUMNS-1:0]     cell_q,

    // Bit `plane` of all inputs, each at its column.
    input  logic                   plane_write,
    input  logic [2:0]             plane,
    input  logic [COLUMNS-1:0]     plane_data,

    input  logic [ROW_BITS-1:0]    row0,           // bit m of filter f is row row0 + f * weight_bits + m
    input  logic [COLUMN_BITS-1:0] column0,
    input  logic [COLUMN_BITS:0]   columns,        // inputs: 1 .. COLUMNS - column0
    input  logic [ROW_BITS-1:0]    filters,        // at least 1
    input  logic [3:0]             weight_bits,    // 1 .. 8
    input  logic                   weight_signed,
    input  logic                   bipolar,
    input  logic [3:0]             input_bits,     // 1 .. 8
    input  logic                   input_signed,
    input  logic                   write_back,
    input  logic [3:0]             shift,
    // 1 .. 65535 each
    input  logic [15:0]            write_cycles,
    input  logic [15:0]            sign_cycles,    // behind another count
    input  logic [15:0]            first_sign_cycles,
    input  logic [15:0]            and_cycles,     // behind a count or another row operation
    input  logic [15:0]            first_and_cycles,

    input  logic                   start,
    output logic                   busy,
    output logic                   done,
    output logic [1:0]             operation,      // 0 input row, 1 count of an input row, 2 row operation
    output logic [ROW_BITS-1:0]    filter,

    // The sum of a filter, times 2^shift.
    input  logic [ROW_BITS-1:0]    result_filter,
    output logic [31:0]            result
);
    localparam int INPUT_ROW = ROWS - RESERVED_ROWS;
    localparam int SCRATCH_ROW = INPUT_ROW + 16;
    localparam logic [1:0] WRITE = 2'd0, SIGN = 2'd1, AND = 2'd2;

    logic [COLUMNS-1:0] cells [ROWS];
    logic [COLUMNS-1:0] latched [8], inputs [8];
    logic [31:0]        sums [ROWS];

    // ---------------------------------------------------------------- sequence of operations
    // The region as it was at the start.
    logic [ROW_BITS-1:0] filters_q;
    logic [3:0]          weight_bits_q, input_bits_q;
    logic                weight_signed_q, bipolar_q, input_signed_q, write_back_q;
    logic [15:0]         write_cycles_q, sign_cycles_q, first_sign_cycles_q, and_cycles_q, first_and_cycles_q;

    logic [15:0]         cycle, length;
    logic [3:0]          n, m;                    // bits of inputs and of weights
    logic                flowing;                 // the pipeline is full
    logic [ROW_BITS-1:0] weight_row;
    logic [COLUMNS-1:0]  mask;                    // columns of the region
    logic                begins, ends, last_input_bit, last_weight_bit;

    assign begins = start && !busy;
    always_comb
        case (operation)
            WRITE:   length = write_cycles_q;
            SIGN:    length = flowing ? sign_cycles_q : first_sign_cycles_q;
            default: length = flowing ? and_cycles_q : first_and_cycles_q;
        endcase
    assign ends = busy && cycle == length - 16'd1;
    assign last_input_bit = n == input_bits_q - 4'd1;
    assign last_weight_bit = m == weight_bits_q - 4'd1;

    always_ff @(posedge clk) begin
        done <= 1'b0;
        if (rst) begin
            busy <= 1'b0;
        end else if (begins) begin
            busy <= 1'b1;
            operation <= WRITE;
            cycle <= 16'd0;
            n <= 4'd0;
            m <= 4'd0;
            filter <= '0;
            weight_row <= row0;
            flowing <= 1'b0;
            filters_q <= filters;
            weight_bits_q <= weight_bits;
            weight_signed_q <= weight_signed;
            bipolar_q <= bipolar;
            input_bits_q <= input_bits;
            input_signed_q <= input_signed;
            write_back_q <= write_back;
            write_cycles_q <= write_cycles;
            sign_cycles_q <= sign_cycles;
            first_sign_cycles_q <= first_sign_cycles;
            and_cycles_q <= and_cycles;
            first_and_cycles_q <= first_and_cycles;
        end else if (busy) begin
            cycle <= ends ? 16'd0 : cycle + 16'd1;
            if (ends) begin
                n <= last_input_bit ? 4'd0 : n + 4'd1;
                flowing <= operation != WRITE;
                if (last_input_bit)
                    case (operation)
                        WRITE: operation <= bipolar_q ? SIGN : AND;
                        SIGN:  operation <= AND;
                        default: begin
                            weight_row <= weight_row + 1'b1;
                            m <= last_weight_bit ? 4'd0 : m + 4'd1;
                            if (last_weight_bit) begin
                                filter <= filter + 1'b1;
                                busy <= filter != filters_q - 1'b1;
                                done <= filter == filters_q - 1'b1;
                            end
                        end
                    endcase
            end
        end
    end

    // ---------------------------------------------------------------- rows
    logic [ROW_BITS-1:0] input_row;
    logic [COLUMNS-1:0]  sensed;                  // what the sense amplifiers decide

    assign input_row = ROW_BITS'(INPUT_ROW) + ROW_BITS'(n);
    // Isolated but for the cycle in which they decide.
    always_comb begin
        sensed = '0;
        if (ends && operation == SIGN) sensed = cells[input_row] & mask;
        if (ends && operation == AND) sensed = cells[input_row] & cells[weight_row] & mask;
    end

    always_ff @(posedge clk) begin
        if (plane_write) latched[plane] <= plane_data;
        if (begins) begin
            inputs <= latched;
            mask <= ((COLUMNS'(1) << columns) - COLUMNS'(1)) << column0;
        end
        if (cell_write) cells[cell_row] <= cell_data;
        else if (ends && operation == WRITE)
            cells[input_row] <= (cells[input_row] & ~mask) | (inputs[n[2:0]] & mask);
        else if (ends && operation == AND && write_back_q)
            cells[SCRATCH_ROW] <= (cells[SCRATCH_ROW] & ~mask) | sensed;
        if (cell_read) cell_q <= cells[cell_row];
    end

    // ---------------------------------------------------------------- count, shift, accumulate
    logic [31:0] ones, input_sum, accumulator, accumulated;
    logic        negative_input, negative_weight;

    assign negative_input = input_signed_q && last_input_bit;
    assign negative_weight = weight_signed_q && last_weight_bit;
    assign ones = 32'($countones(sensed));
    assign accumulated = negative_input != negative_weight ? accumulator - (ones << (n + m))
                                                           : accumulator + (ones << (n + m));
    always_ff @(posedge clk) begin
        if (begins) begin
            input_sum <= 32'd0;
            accumulator <= 32'd0;
        end else if (ends && operation == SIGN) begin
            input_sum <= negative_input ? input_sum - (ones << n) : input_sum + (ones << n);
        end else if (ends && operation == AND) begin
            accumulator <= last_input_bit && last_weight_bit ? 32'd0 : accumulated;
            if (last_input_bit && last_weight_bit)
                sums[filter] <= bipolar_q ? (accumulated << 1) - ((32'd1 << weight_bits_q) - 32'd1) * input_sum
                                        : accumulated;
        end
    end

    assign result = sums[result_filter] << shift;
endmodule
