#pragma once
#include "modules/core/error.h"
