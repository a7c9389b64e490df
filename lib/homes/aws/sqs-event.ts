/** Between SQS's events and the protocol's deliveries. */
import type { SQSRecord } from "aws-lambda";
import type { Delivered } from "./services.ts";

/** @param batch records that came at once */
export function toDelivered({ messageId, body, receiptHandle, eventSourceARN }: SQSRecord, batch: number): Delivered {
  return { messageId, body, receipt: { queueArn: eventSourceARN, handle: receiptHandle }, batch };
}

export function toRecord({ messageId, body, receipt }: Delivered): SQSRecord {
  return {
    messageId,
    body,
    receiptHandle: receipt.handle,
    eventSourceARN: receipt.queueArn,
    eventSource: "aws:sqs",
    awsRegion: "",
    md5OfBody: "",
    messageAttributes: {},
    attributes: {
      ApproximateReceiveCount: "1",
      SentTimestamp: "0",
      SenderId: "",
      ApproximateFirstReceiveTimestamp: "0",
    },
  };
}
