/** The broker to test with: KAFKA_BROKERS, else the tests' own stack. */
export const brokersUnderTest = async (): Promise<string[]> => {
  const given = process.env['KAFKA_BROKERS'];
  if (given !== undefined && given !== '') return given.split(',');
  const { testStack } = await import('../support/stack.js');
  return (await testStack()).brokers.split(',');
};
