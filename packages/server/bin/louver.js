#!/usr/bin/env node
// There before the build, so that npm links the command in a fresh checkout too.
import '../dist/main.js';
