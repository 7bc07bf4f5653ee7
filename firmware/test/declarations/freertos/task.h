#pragma once
#include "FreeRTOS.h"
typedef struct tskTaskControlBlock* TaskHandle_t;
typedef struct {
  void* held[44];
} StaticTask_t;
TaskHandle_t xTaskCreateStatic(void (*code)(void*), const char* name, uint32_t stackDepth, void* arg, UBaseType_t priority, StackType_t* stack, StaticTask_t* memory);
void vTaskDelay(TickType_t ticks);
TickType_t xTaskGetTickCount(void);
uint32_t ulTaskNotifyTake(BaseType_t clear, TickType_t wait);
BaseType_t xTaskNotifyGive(TaskHandle_t task);
BaseType_t xTaskCreate(void (*code)(void*), const char* name, uint32_t stackDepth, void* arg, UBaseType_t priority, TaskHandle_t* created);
void vTaskDelete(TaskHandle_t task);
